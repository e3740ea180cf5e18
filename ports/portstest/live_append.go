package portstest

import (
	"context"

	"github.com/kuvaka-tech/parley/core/chat"
	"github.com/kuvaka-tech/parley/core/reply"
)

func (t *liveTest) appendDeltas() {
	t.wantNoText()
	for _, step := range []struct {
		from   int
		deltas []string
		want   []string
	}{
		{0, []string{"o", "w"}, []string{"o", "w"}},
		{2, []string{"l "}, []string{"o", "w", "l "}},
		{2, []string{"l ", "🦉"}, []string{"o", "w", "l ", "🦉"}},
		{0, []string{"o", "w", "l ", "🦉"}, []string{"o", "w", "l ", "🦉"}},
		{1, []string{"w"}, []string{"o", "w", "l ", "🦉"}},
		{4, nil, []string{"o", "w", "l ", "🦉"}},
		{0, []string{"o", "w", "l ", "🦉", "\n!"}, []string{"o", "w", "l ", "🦉", "\n!"}},
	} {
		t.append(7, step.from, step.deltas...)
		t.wantText(7, step.want...)
	}
	t.withNewRoom().wantNoText()
}

func (t *liveTest) appendAfterGap() {
	t.wantRefused(t.newPiece(1, 1, "w"), chat.ErrGap)
	t.append(1, 0, "o")
	t.wantRefused(t.newPiece(1, 2, "l"), chat.ErrGap)
	t.wantRefused(t.newPiece(2, 1, "w"), chat.ErrGap)
	t.wantRefused(t.withNewReply().newPiece(2, 1, "w"), chat.ErrGap)
	t.append(1, 1, "w")
	t.wantText(1, "o", "w")
}

func (t *liveTest) appendNewerFence() {
	t.append(3, 0, "old")
	t.wantRefused(t.newPiece(2, 0, "older"), reply.ErrClaimLost)
	t.wantRefused(t.newPiece(2, 1, "older"), reply.ErrClaimLost)
	t.append(5, 0, "new")
	t.wantText(5, "new")
	t.wantRefused(t.newPiece(3, 0, "old"), reply.ErrClaimLost)
	t.wantRefused(t.newPiece(4, 1, "late"), reply.ErrClaimLost)
	t.append(5, 1, "er")
	t.wantText(5, "new", "er")
}

func (t *liveTest) appendAfterEnd() {
	other := t.withNewReply()
	t.append(2, 0, "o", "w")
	t.announce(4, other.attempt(2))
	t.wantText(2, "o", "w")
	t.announce(5, t.attempt(2))
	t.wantEnded(2, "o", "w")
	for _, p := range []chat.Piece{t.newPiece(2, 2, "l"), t.newPiece(2, 0, "o", "w", "l"), t.newPiece(1, 0, "o")} {
		t.wantRefused(p, reply.ErrClaimLost)
	}
	t.announce(6)
	t.wantRefused(t.newPiece(2, 0, "o"), reply.ErrClaimLost)
	t.announce(7, t.attempt(1), other.attempt(1))
	t.wantRefused(t.newPiece(2, 0, "o"), reply.ErrClaimLost)
}

// This happens when the model answers only after its reply was cancelled.
func (t *liveTest) appendFirstDeltaAfterEnd() {
	other := t.withNewReply()
	t.announce(5, t.attempt(2), other.attempt(1))
	for _, p := range []chat.Piece{t.newPiece(2, 0, "late"), t.newPiece(1, 0, "late"), other.newPiece(1, 0, "late")} {
		t.wantRefused(p, reply.ErrClaimLost)
	}
	next := t.withNewReply()
	next.append(1, 0, "next")
	t.wantRefused(t.newPiece(2, 0, "late"), reply.ErrClaimLost)
	next.wantText(1, "next")
}

func (t *liveTest) appendAfterEndOfOlder() {
	t.append(3, 0, "new")
	t.announce(5, t.attempt(2))
	t.wantText(3, "new")
	t.append(3, 1, "er")
	t.wantText(3, "new", "er")
	t.announce(6, t.attempt(4))
	t.wantEnded(3, "new", "er")
	t.wantRefused(t.newPiece(4, 0, "late"), reply.ErrClaimLost)
}

func (t *liveTest) appendAfterRestart() {
	t.append(2, 0, "half")
	t.announce(5, t.attempt(2))
	t.append(3, 0, "whole")
	t.wantText(3, "whole")
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
	silent := t.withNewRoom() // a room of which the log knows nothing
	t.delete(5, t.room, silent.room)
	f.readUntil(t.reply, "ow", chat.LastRev)
	t.wantRefused(t.newPiece(3, 0, "late"), reply.ErrClaimLost)
	silent.wantRefused(silent.newPiece(3, 0, "late"), reply.ErrClaimLost)
	t.wantNoText()
	t.announce(7, t.attempt(3))
	t.wantRefused(t.newPiece(4, 0, "later"), reply.ErrClaimLost)
	t.delete(7, t.room)
	t.delete(0)
	other.wantText(1, "kept")
}

func (t *liveTest) liveCancelled() {
	t.append(1, 0, "o")
	t.announce(3)
	room := chat.Room{ID: t.room, Owner: t.owner, Rev: 3}
	wantCancelledCallsFail(t, map[string]func(context.Context) error{
		"Append":   func(ctx context.Context) error { return t.Append(ctx, t.newPiece(2, 0, "new")) },
		"Announce": func(ctx context.Context) error { return t.Announce(ctx, t.newAnnouncement(4, t.attempt(1))) },
		"Seal":     func(ctx context.Context) error { return errorOf(t.Seal(ctx, t.room, t.attempt(1))) },
		"Delete":   func(ctx context.Context) error { return t.Delete(ctx, room) },
		"Read":     func(ctx context.Context) error { return errorOf(t.Read(ctx, t.room)) },
	})
	t.append(1, 1, "w")
	t.follow(chat.Cursor{}).readUntil(t.reply, "ow", 3)
	for e, err := range t.Follow(cancelledContext(), t.room, chat.Cursor{}) {
		if err == nil {
			t.Fatalf("Follow with a cancelled context yielded %+v, want no event", e)
		}
	}
	for err := range t.FollowOwner(cancelledContext(), t.owner) {
		if err == nil {
			t.Fatal("FollowOwner with a cancelled context yielded nil, want nothing")
		}
	}
}
