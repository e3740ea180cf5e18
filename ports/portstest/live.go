package portstest

import (
	"context"
	"testing"
	"time"

	"github.com/kuvaka-tech/parley/core/chat"
	"github.com/kuvaka-tech/parley/core/id"
	"github.com/kuvaka-tech/parley/core/reply"
	"github.com/kuvaka-tech/parley/ports"
)

// Live is the contract of ports.Live. The port allows a live log to lose its data,
// but the one of the test must lose nothing during the test.
func Live(t *testing.T, open func(t *testing.T) ports.Live) {
	runSuite(t, func(t *testing.T) *liveTest { return newLiveTest(t, open(t)) }, []requirement[*liveTest]{
		{"Append adds deltas once, even if they are appended again", (*liveTest).appendDeltas},
		{"Append fails with ErrGap if earlier deltas are missing", (*liveTest).appendAfterGap},
		{"a newer fence starts the text again, and an older one fails with ErrClaimLost", (*liveTest).appendNewerFence},
		{"a reply that has ended has no text, and Append fails with ErrClaimLost", (*liveTest).appendAfterEnd},
		{"a reply that has ended can be written again with a newer fence", (*liveTest).appendAfterRestart},
		{"Delete removes the text, tells the followers, and stops later Appends", (*liveTest).deleteRooms},
		{"Follow yields exactly the text after the cursor", (*liveTest).followCursor},
		{"Follow yields what is appended and announced while it runs", (*liveTest).followRunning},
		{"Follow yields later revisions and never an earlier one", (*liveTest).followRevisions},
		{"Follow yields a reset when a newer fence starts the text again", (*liveTest).followNewerFence},
		{"Follow yields a reset to a follower who has more text than the log", (*liveTest).followLostText},
		{"Follow continues with the next reply of the room", (*liveTest).followNextReply},
		{
			"Follow yields each delta once, even if the end of the last reply was never announced",
			(*liveTest).followUnannouncedEnd,
		},
		{"Follow yields events of its own room only", (*liveTest).followOneRoom},
		{"Follow ends when its context is cancelled", (*liveTest).followCancelled},
		{"followers who reconnect while the text is written miss nothing", (*liveTest).followReconnects},
		{"every method fails if the context is cancelled, and changes nothing", (*liveTest).liveCancelled},
	})
}

// liveTest is a test of a live log with one room and one running reply.
type liveTest struct {
	*testing.T
	ports.Live
	ctx   context.Context
	room  id.ID
	reply id.ID
}

// newLiveTest limits the test to 30 s. Then every Follow ends.
func newLiveTest(t *testing.T, live ports.Live) *liveTest {
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	t.Cleanup(cancel)
	return &liveTest{T: t, Live: live, ctx: ctx, room: newID(t), reply: newID(t)}
}

// withNewReply returns the same test with another reply of the room.
func (t *liveTest) withNewReply() *liveTest {
	other := *t
	other.reply = newID(t)
	return &other
}

// withNewRoom returns the same test with another room.
func (t *liveTest) withNewRoom() *liveTest {
	other := *t
	other.room = newID(t)
	return &other
}

func (t *liveTest) newPiece(fence int64, from int, deltas ...string) chat.Piece {
	return chat.Piece{Room: t.room, Reply: t.reply, Fence: fence, From: from, Deltas: deltas}
}

func (t *liveTest) append(fence int64, from int, deltas ...string) {
	t.Helper()
	must(t, t.Append(t.ctx, t.newPiece(fence, from, deltas...)))
}

// wantRefused checks that Append fails with this error and does not change the text.
func (t *liveTest) wantRefused(p chat.Piece, want error) {
	t.Helper()
	before := t.textOf(p.Reply)
	wantError(t, t.Append(t.ctx, p), want)
	t.wantText(p.Reply, before)
}

func (t *liveTest) announce(rev int64, ended ...id.ID) {
	t.Helper()
	must(t, t.Announce(t.ctx, t.room, rev, ended...))
}

func (t *liveTest) textOf(replyID id.ID) string {
	t.Helper()
	text, err := t.Read(t.ctx, t.room, replyID)
	must(t, err)
	return text
}

func (t *liveTest) wantText(replyID id.ID, want string) {
	t.Helper()
	if got := t.textOf(replyID); got != want {
		t.Fatalf("Read returned %q, want %q", got, want)
	}
}

func (t *liveTest) appendDeltas() {
	t.wantText(t.reply, "")
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
		t.append(7, step.from, step.deltas...)
		t.wantText(t.reply, step.want)
	}
	t.wantText(t.room, "")
}

func (t *liveTest) appendAfterGap() {
	t.wantRefused(t.newPiece(1, 1, "w"), chat.ErrGap)
	t.append(1, 0, "o")
	t.wantRefused(t.newPiece(1, 2, "l"), chat.ErrGap)
	t.wantRefused(t.newPiece(2, 1, "w"), chat.ErrGap)
	t.append(1, 1, "w")
	t.wantText(t.reply, "ow")
}

func (t *liveTest) appendNewerFence() {
	t.append(3, 0, "old")
	t.wantRefused(t.newPiece(2, 0, "older"), reply.ErrClaimLost)
	t.wantRefused(t.newPiece(2, 1, "older"), reply.ErrClaimLost)
	t.append(5, 0, "new")
	t.wantText(t.reply, "new")
	t.wantRefused(t.newPiece(3, 0, "old"), reply.ErrClaimLost)
	t.wantRefused(t.newPiece(4, 1, "late"), reply.ErrClaimLost)
	t.append(5, 1, "er")
	t.wantText(t.reply, "newer")
}

func (t *liveTest) appendAfterEnd() {
	other := newID(t)
	t.append(2, 0, "o", "w")
	t.announce(4, other)
	t.wantText(t.reply, "ow")
	t.announce(5, t.reply)
	t.wantText(t.reply, "")
	for _, p := range []chat.Piece{t.newPiece(2, 2, "l"), t.newPiece(2, 0, "o", "w", "l"), t.newPiece(1, 0, "o")} {
		t.wantRefused(p, reply.ErrClaimLost)
	}
	t.announce(6)
	t.wantRefused(t.newPiece(2, 0, "o"), reply.ErrClaimLost)
	t.announce(7, t.reply, other)
	t.wantRefused(t.newPiece(2, 0, "o"), reply.ErrClaimLost)
}

func (t *liveTest) appendAfterRestart() {
	t.append(2, 0, "half")
	t.announce(5, t.reply)
	t.append(3, 0, "whole")
	t.wantText(t.reply, "whole")
	t.wantRefused(t.newPiece(2, 1, "late"), reply.ErrClaimLost)
	t.append(3, 1, ".")
	t.follow(chat.Cursor{Rev: 5}).readUntil(t.reply, "whole.", 5)
}

func (t *liveTest) deleteRooms() {
	other := t.withNewRoom()
	other.append(1, 0, "kept")
	t.append(2, 0, "o", "w")
	t.announce(5)
	f := t.follow(chat.Cursor{Rev: 5})
	f.readUntil(t.reply, "ow", 5)
	silent := newID(t) // a room of which the log knows nothing
	must(t, t.Delete(t.ctx, chat.Room{ID: t.room, Rev: 5}, chat.Room{ID: silent, Rev: 1}))
	f.readUntil(t.reply, "ow", 6)
	for _, room := range []id.ID{t.room, silent} {
		late := t.newPiece(3, 0, "late")
		late.Room = room
		t.wantRefused(late, reply.ErrClaimLost)
	}
	t.wantText(t.reply, "")
	t.announce(7, t.reply)
	t.wantRefused(t.newPiece(4, 0, "later"), reply.ErrClaimLost)
	must(t, t.Delete(t.ctx, chat.Room{ID: t.room, Rev: 7}))
	must(t, t.Delete(t.ctx))
	other.wantText(other.reply, "kept")
}

func (t *liveTest) liveCancelled() {
	t.append(1, 0, "o")
	t.announce(3)
	room := chat.Room{ID: t.room, Rev: 3}
	wantCancelledCallsFail(t, map[string]func(context.Context) error{
		"Append":   func(ctx context.Context) error { return t.Append(ctx, t.newPiece(2, 0, "new")) },
		"Announce": func(ctx context.Context) error { return t.Announce(ctx, t.room, 4, t.reply) },
		"Delete":   func(ctx context.Context) error { return t.Delete(ctx, room) },
		"Read":     func(ctx context.Context) error { return errorOf(t.Read(ctx, t.room, t.reply)) },
	})
	t.wantText(t.reply, "o")
	t.follow(chat.Cursor{}).readUntil(t.reply, "o", 3)
	for e, err := range t.Follow(cancelledContext(), t.room, chat.Cursor{}) {
		if err == nil {
			t.Fatalf("Follow with a cancelled context yielded %+v, want no event", e)
		}
	}
}
