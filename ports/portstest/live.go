package portstest

import (
	"context"
	"testing"
	"time"

	"github.com/kuvaka-tech/parley/core/chat"
	"github.com/kuvaka-tech/parley/core/id"
	"github.com/kuvaka-tech/parley/ports"
)

// Live is the contract of a ports.Live that forgets nothing meanwhile.
func Live(t *testing.T, open func(t *testing.T) ports.Live) {
	prove(t, func(t *testing.T) *stage { return newStage(t, open(t)) }, []sentence[*stage]{
		{"Append adds to the text, and what is there already once", (*stage).adds},
		{"Append refuses a gap", (*stage).gaps},
		{"a newer fence starts the text anew, an older one is refused", (*stage).fences},
		{"a reply that ended has no text and refuses its late writer", (*stage).ends},
		{"a reply asked for again is written under its newer fence", (*stage).writtenAgain},
		{"a deleted room has no text, tells its followers, and refuses whoever still writes there", (*stage).deletes},
		{"Follow from any cursor yields exactly the missing text, once", (*stage).followMissing},
		{"Follow yields what comes while it runs", (*stage).followRunning},
		{"Follow tells a later revision, and no earlier one", (*stage).followRevisions},
		{"Follow resets a text that is written anew", (*stage).followReset},
		{"Follow resets a reader who saw more than there is", (*stage).followForgotten},
		{"Follow goes from one reply to the next", (*stage).followNext},
		{"Follow yields nothing twice when an end was never announced", (*stage).followUnannounced},
		{"Follow sees one room alone", (*stage).followApart},
		{"Follow ends with its context", (*stage).followStops},
		{"readers who come and go while it is written miss nothing", (*stage).followRace},
		{"a context that is over stops every method", (*stage).over},
	})
}

// stage is one test's live log, a room, and a reply that is being written there.
type stage struct {
	*testing.T
	ports.Live
	ctx         context.Context
	room, reply id.ID
}

// newStage gives the test 30 s, after which every Follow ends.
func newStage(t *testing.T, live ports.Live) *stage {
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	t.Cleanup(cancel)
	return &stage{t, live, ctx, freshID(t), freshID(t)}
}

func (s *stage) piece(fence int64, from int, deltas ...string) chat.Piece {
	return chat.Piece{Room: s.room, Reply: s.reply, Fence: fence, From: from, Deltas: deltas}
}

func (s *stage) appends(fence int64, from int, deltas ...string) {
	s.Helper()
	s.ok(s.Append(s.ctx, s.piece(fence, from, deltas...)))
}

// refuses asserts that a piece fails so and that the text stays.
func (s *stage) refuses(p chat.Piece, want error) {
	s.Helper()
	before := s.text(p.Reply)
	(&world{TB: s.T}).fails(s.Append(s.ctx, p), want)
	s.reads(p.Reply, before)
}

func (s *stage) announces(rev int64, ended ...id.ID) {
	s.Helper()
	s.ok(s.Announce(s.ctx, s.room, rev, ended...))
}

func (s *stage) text(reply id.ID) string {
	s.Helper()
	text, err := s.Read(s.ctx, s.room, reply)
	s.ok(err)
	return text
}

func (s *stage) reads(reply id.ID, want string) {
	s.Helper()
	if got := s.text(reply); got != want {
		s.Fatalf("the text is %q, want %q", got, want)
	}
}

func (s *stage) ok(err error) {
	s.Helper()
	(&world{TB: s.T}).ok(err)
}

func (s *stage) adds() {
	s.reads(s.reply, "")
	for _, step := range []struct {
		from   int
		deltas []string
		want   string
	}{
		{0, []string{"o", "w"}, "ow"},
		{2, []string{"l "}, "owl "},
		{2, []string{"l ", "🦉"}, "owl 🦉"},
		{0, []string{"o", "w", "l ", "🦉"}, "owl 🦉"},
		{1, []string{"w"}, "owl 🦉"},
		{4, nil, "owl 🦉"},
		{0, []string{"o", "w", "l ", "🦉", "\n!"}, "owl 🦉\n!"},
	} {
		s.appends(7, step.from, step.deltas...)
		s.reads(s.reply, step.want)
	}
	s.reads(s.room, "")
}

func (s *stage) gaps() {
	s.refuses(s.piece(1, 1, "w"), chat.ErrGap)
	s.appends(1, 0, "o")
	s.refuses(s.piece(1, 2, "l"), chat.ErrGap)
	s.refuses(s.piece(2, 1, "w"), chat.ErrGap)
	s.appends(1, 1, "w")
	s.reads(s.reply, "ow")
}

func (s *stage) fences() {
	s.appends(3, 0, "old")
	s.refuses(s.piece(2, 0, "older"), chat.ErrLost)
	s.refuses(s.piece(2, 1, "older"), chat.ErrLost)
	s.appends(5, 0, "new")
	s.reads(s.reply, "new")
	s.refuses(s.piece(3, 0, "old"), chat.ErrLost)
	s.refuses(s.piece(4, 1, "late"), chat.ErrLost)
	s.appends(5, 1, "er")
	s.reads(s.reply, "newer")
}

func (s *stage) ends() {
	other := *s
	other.reply = freshID(s)
	s.appends(2, 0, "o", "w")
	s.announces(4, other.reply)
	s.reads(s.reply, "ow")
	s.announces(5, s.reply)
	s.reads(s.reply, "")
	for _, p := range []chat.Piece{s.piece(2, 2, "l"), s.piece(2, 0, "o", "w", "l"), s.piece(1, 0, "o")} {
		s.refuses(p, chat.ErrLost)
	}
	s.announces(6)
	s.refuses(s.piece(2, 0, "o"), chat.ErrLost)
	s.announces(7, s.reply, other.reply)
	s.refuses(s.piece(2, 0, "o"), chat.ErrLost)
}

func (s *stage) writtenAgain() {
	s.appends(2, 0, "half")
	s.announces(5, s.reply)
	s.appends(3, 0, "whole")
	s.reads(s.reply, "whole")
	s.refuses(s.piece(2, 1, "late"), chat.ErrLost)
	s.appends(3, 1, ".")
	v := s.follow(chat.Cursor{Rev: 5})
	v.until(s.reply, "whole.", 5)
}

func (s *stage) deletes() {
	other := *s
	other.room = freshID(s)
	other.appends(1, 0, "kept")
	s.appends(2, 0, "o", "w")
	s.announces(5)
	v := s.follow(chat.Cursor{Rev: 5})
	v.until(s.reply, "ow", 5)
	quiet := freshID(s)
	s.ok(s.Delete(s.ctx, chat.Room{ID: s.room, Rev: 5}, chat.Room{ID: quiet, Rev: 1}))
	v.until(s.reply, "ow", 6)
	for _, room := range []id.ID{s.room, quiet} {
		late := s.piece(3, 0, "late")
		late.Room = room
		s.refuses(late, chat.ErrLost)
	}
	s.reads(s.reply, "")
	s.announces(7, s.reply)
	s.refuses(s.piece(4, 0, "later"), chat.ErrLost)
	s.ok(s.Delete(s.ctx, chat.Room{ID: s.room, Rev: 7}))
	s.ok(s.Delete(s.ctx))
	other.reads(s.reply, "kept")
}

func (s *stage) over() {
	s.appends(1, 0, "o")
	s.announces(3)
	(&world{TB: s.T, ctx: s.ctx}).over(map[string]func(context.Context) error{
		"Append":   func(ctx context.Context) error { return s.Append(ctx, s.piece(2, 0, "new")) },
		"Announce": func(ctx context.Context) error { return s.Announce(ctx, s.room, 4, s.reply) },
		"Delete":   func(ctx context.Context) error { return s.Delete(ctx, chat.Room{ID: s.room, Rev: 3}) },
		"Read":     func(ctx context.Context) error { _, err := s.Read(ctx, s.room, s.reply); return err },
	})
	s.reads(s.reply, "o")
	v := s.follow(chat.Cursor{})
	v.until(s.reply, "o", 3)
	ctx, cancel := context.WithCancel(s.ctx)
	cancel()
	for event, err := range s.Follow(ctx, s.room, chat.Cursor{}) {
		if err == nil {
			s.Fatalf("%+v with a context that is over", event)
		}
	}
}
