package portstest

import (
	"github.com/kuvaka-tech/parley/core/chat"
	"github.com/kuvaka-tech/parley/core/reply"
)

// wantSealed checks that Seal of an attempt at the test's reply returns this text.
func (t *liveTest) wantSealed(fence int64, want chat.LiveText) {
	t.Helper()
	text, err := t.Seal(t.ctx, t.room, t.attempt(fence))
	must(t, err)
	wantEqual(t, "the sealed text", text, want)
}

func (t *liveTest) sealText() {
	t.append(2, 0, "o", "w")
	sealed := chat.LiveText{Attempt: t.attempt(2), Deltas: []string{"o", "w"}}
	f := t.follow(chat.Cursor{})
	f.readUntil(t.reply, "ow", 0)
	for range 2 {
		t.wantSealed(2, sealed)
		t.wantText(2, "o", "w")
		for _, p := range []chat.Piece{t.newPiece(2, 2, "l"), t.newPiece(2, 0, "o"), t.newPiece(1, 0, "o")} {
			t.wantRefused(p, reply.ErrClaimLost)
		}
	}
	t.follow(chat.Cursor{}).readUntil(t.reply, "ow", 0)
	t.announce(5, t.attempt(2))
	t.wantEnded(2, "o", "w")
	t.wantSealed(2, sealed)
	f.readUntil(t.reply, "ow", 5)
	f.wantNoResets()
}

// This happens when the lease of a cancelled reply has expired, and its next claim ends it.
func (t *liveTest) sealOtherAttempt() {
	t.append(2, 0, "o", "w")
	t.wantSealed(1, chat.LiveText{})
	t.append(2, 2, "l")
	for range 2 {
		t.wantSealed(3, chat.LiveText{Attempt: t.attempt(2), Deltas: []string{"o", "w", "l"}})
		t.wantText(2, "o", "w", "l")
	}
	t.wantSealed(2, chat.LiveText{Attempt: t.attempt(2), Deltas: []string{"o", "w", "l"}})
	t.wantRefused(t.newPiece(2, 3, "s"), reply.ErrClaimLost)
	t.wantRefused(t.newPiece(3, 0, "late"), reply.ErrClaimLost)
	t.withNewReply().wantSealed(9, chat.LiveText{})
	t.wantText(2, "o", "w", "l")
}

func (t *liveTest) sealWithoutText() {
	for range 2 {
		t.wantSealed(2, chat.LiveText{})
		t.wantRefused(t.newPiece(2, 0, "late"), reply.ErrClaimLost)
		t.wantRefused(t.newPiece(1, 0, "late"), reply.ErrClaimLost)
	}
	t.wantNoText()
}

func (t *liveTest) appendAfterSeal() {
	t.append(2, 0, "half")
	t.wantSealed(2, chat.LiveText{Attempt: t.attempt(2), Deltas: []string{"half"}})
	f := t.follow(chat.Cursor{})
	f.readUntil(t.reply, "half", 0)
	t.append(3, 0, "whole")
	t.wantText(3, "whole")
	f.wantNextReset()
	f.readUntil(t.reply, "whole", 0)
	t.wantSealed(2, chat.LiveText{})
	t.append(3, 1, ".")
	next := t.withNewReply()
	next.append(1, 0, "next")
	t.wantRefused(t.newPiece(3, 2, "late"), reply.ErrClaimLost)
	next.wantText(1, "next")
}

// This happens when the user asks again, and cancels before the model has written anything.
func (t *liveTest) sealAfterEnd() {
	t.append(2, 0, "o", "w")
	t.announce(5, t.attempt(2))
	t.wantSealed(3, chat.LiveText{})
	t.wantRefused(t.newPiece(3, 0, "late"), reply.ErrClaimLost)
	t.append(4, 0, "new")
	t.wantSealed(4, chat.LiveText{Attempt: t.attempt(4), Deltas: []string{"new"}})
}
