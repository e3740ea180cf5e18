package portstest

import (
	"fmt"
	"iter"
	"strings"

	"github.com/kuvaka-tech/parley/core/chat"
	"github.com/kuvaka-tech/parley/core/id"
)

// viewer is a reader of the room who keeps what the events say.
type viewer struct {
	*stage
	next   func() (chat.Event, error, bool)
	at     chat.Cursor
	text   map[id.ID]string
	resets int
}

// follow begins to read after a cursor, by which the reader had some text of its reply.
func (s *stage) follow(from chat.Cursor, had ...string) *viewer {
	next, stop := iter.Pull2(s.Follow(s.ctx, s.room, from))
	s.Cleanup(stop)
	return &viewer{stage: s, next: next, at: from, text: map[id.ID]string{from.Reply: strings.Join(had, "")}}
}

// step takes one event in.
func (v *viewer) step() chat.Event {
	v.Helper()
	e, err, more := v.next()
	if !more {
		v.Fatalf("following ended at %+v with %q", v.at, v.text)
	}
	v.ok(err)
	v.fold(e)
	return e
}

func (v *viewer) fold(e chat.Event) {
	v.Helper()
	switch e.Kind {
	case chat.Changed:
		if e.At.Rev <= v.at.Rev {
			v.Fatalf("revision %d was told after %d", e.At.Rev, v.at.Rev)
		}
	case chat.Delta:
		v.text[e.At.Reply] += e.Text
	case chat.Reset:
		v.text[e.At.Reply] = ""
		v.resets++
	}
	if e.At.Rev < v.at.Rev {
		v.Fatalf("the cursor went back from %+v to %+v", v.at, e.At)
	}
	v.at = e.At
}

// until reads until the reply's text and the room's revision are these. A text
// that grew past what it should be never matches again, and following ends with its context.
func (v *viewer) until(reply id.ID, text string, rev int64) {
	v.Helper()
	for v.text[reply] != text || v.at.Rev != rev {
		v.step()
		if len(v.text[reply]) > len(text) {
			v.Fatalf("read %q, want %q", v.text[reply], text)
		}
	}
}

func (v *viewer) noResets() {
	v.Helper()
	if v.resets > 0 {
		v.Fatalf("%d resets for nothing", v.resets)
	}
}

// words are n deltas, no two alike.
func words(n int) []string {
	all := make([]string, n)
	for i := range all {
		all[i] = fmt.Sprintf("%d🦉 ", i)
	}
	return all
}
