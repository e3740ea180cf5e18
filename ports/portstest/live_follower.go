package portstest

import (
	"fmt"
	"iter"
	"strings"

	"github.com/kuvaka-tech/parley/core/chat"
	"github.com/kuvaka-tech/parley/core/id"
)

// roomFollower is a client that follows the room and builds the texts from the events.
type roomFollower struct {
	*liveTest
	pull   func() (chat.Event, error, bool)
	cursor chat.Cursor
	text   map[id.ID]string
	resets int
}

// follow starts a follower after a cursor. The follower already has the deltas of
// the cursor's reply that were yielded before the cursor.
func (t *liveTest) follow(from chat.Cursor, deltas ...string) *roomFollower {
	pull, stop := iter.Pull2(t.Follow(t.ctx, t.room, from))
	t.Cleanup(stop)
	text := map[id.ID]string{from.Reply: strings.Join(deltas, "")}
	return &roomFollower{liveTest: t, pull: pull, cursor: from, text: text}
}

// next waits for the next event and applies it.
func (f *roomFollower) next() chat.Event {
	f.Helper()
	e, err, more := f.pull()
	if !more {
		f.Fatalf("Follow ended at %+v with the texts %q, want another event", f.cursor, f.text)
	}
	must(f, err)
	f.apply(e)
	return e
}

func (f *roomFollower) apply(e chat.Event) {
	f.Helper()
	switch e.Kind {
	case chat.Changed:
		if e.At.Rev <= f.cursor.Rev {
			f.Fatalf("Follow yielded revision %d after %d, want a later one", e.At.Rev, f.cursor.Rev)
		}
	case chat.Delta:
		f.text[e.At.Reply] += e.Text
	case chat.Reset:
		f.text[e.At.Reply] = ""
		f.resets++
	}
	if e.At.Rev < f.cursor.Rev {
		f.Fatalf("the cursor went back from %+v to %+v", f.cursor, e.At)
	}
	f.cursor = e.At
}

// readUntil reads events until the reply has this text and the room this revision.
// It fails if the text becomes longer, because then it can never match.
func (f *roomFollower) readUntil(replyID id.ID, text string, rev int64) {
	f.Helper()
	for f.text[replyID] != text || f.cursor.Rev != rev {
		f.next()
		if len(f.text[replyID]) > len(text) {
			f.Fatalf("the follower has the text %q, want %q", f.text[replyID], text)
		}
	}
}

func (f *roomFollower) wantCursor(want chat.Cursor) {
	f.Helper()
	if f.cursor != want {
		f.Fatalf("the cursor is %+v, want %+v", f.cursor, want)
	}
}

// wantNextReset checks that the next event resets the text of the test's reply.
func (f *roomFollower) wantNextReset() {
	f.Helper()
	if e := f.next(); e.Kind != chat.Reset || e.At.Reply != f.reply {
		f.Fatalf("the next event is %+v, want a reset of the reply's text", e)
	}
}

func (f *roomFollower) wantNoResets() {
	f.Helper()
	if f.resets > 0 {
		f.Fatalf("Follow yielded %d resets, want none", f.resets)
	}
}

// newDeltas returns n different deltas.
func newDeltas(n int) []string {
	deltas := make([]string, n)
	for i := range deltas {
		deltas[i] = fmt.Sprintf("%d🦉 ", i)
	}
	return deltas
}
