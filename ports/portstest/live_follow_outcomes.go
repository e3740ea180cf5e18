package portstest

import (
	"context"
	"iter"

	"github.com/kuvaka-tech/parley/core/chat"
)

// followOutcomesNow starts a follower of the room's outcomes and waits until it listens.
func (t *liveTest) followOutcomesNow() *noticeFollower {
	t.Helper()
	return t.followNotices(func(ctx context.Context) iter.Seq[error] { return t.FollowOutcomes(ctx, t.room) })
}

// announceStart announces that an attempt has started.
func (t *liveTest) announceStart(rev int64) {
	t.Helper()
	a := t.newAnnouncement(rev)
	a.Started = true
	must(t, t.Announce(t.ctx, a))
}

func (t *liveTest) followOutcomes() {
	t.announce(1)
	f := t.followOutcomesNow()
	f.wantQuiet()
	t.announceStart(2)
	t.append(1, 0, "some ", "text")
	f.wantQuiet()
	t.announce(3, t.attempt(1))
	f.wantNotice()
	t.announce(4) // the user cancelled a queued reply, for example
	f.wantNotice()
	t.delete(2, t.room)
	f.wantNotice()
}

func (t *liveTest) followOutcomesOfOneRoom() {
	f := t.followOutcomesNow()
	other := t.withNewRoom()
	other.announce(1)
	other.delete(1, other.room)
	f.wantQuiet()
	t.announce(1)
	f.wantNotice()
}

// followOutcomesBesideFollow checks that a follower of all events receives the starts, which
// a follower of outcomes of the same room does not need.
func (t *liveTest) followOutcomesBesideFollow() {
	all := t.follow(chat.Cursor{})
	outcomes := t.followOutcomesNow()
	t.announceStart(1)
	all.readUntil(t.reply, "", 1)
	t.append(1, 0, "text")
	all.readUntil(t.reply, "text", 1)
	outcomes.wantQuiet()
}

func (t *liveTest) followOutcomesCancelled() {
	f := t.followOutcomesNow()
	f.stop()
	mustAwait(t, f.ended, "the end of the follower")
	t.followOutcomesNow()
}
