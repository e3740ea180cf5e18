package portstest

import (
	"context"
	"iter"
)

// followOwnerNow starts a follower of the owner and waits until it listens.
func (t *liveTest) followOwnerNow() *noticeFollower {
	t.Helper()
	return t.followNotices(func(ctx context.Context) iter.Seq[error] { return t.FollowOwner(ctx, t.owner) })
}

// wantNoNotice checks that no notice is on its way to a follower of the owner. It causes a
// last notice, because notices arrive in the order of the changes.
func (f *noticeFollower) wantNoNotice() {
	f.Helper()
	f.withNewRoom().announce(1)
	f.wantNotice()
	f.wantQuiet()
}

func (t *liveTest) followOwner() {
	t.announce(1)
	f := t.followOwnerNow()
	f.wantQuiet()
	t.announce(2)
	f.wantNotice()
	t.announce(2, t.attempt(1))
	f.wantNotice()
	other := t.withNewRoom()
	other.announce(1)
	f.wantNotice()
	other.delete(1, other.room)
	f.wantNotice()
	t.delete(2, t.room, t.withNewRoom().room)
	f.wantNotice()
}

func (t *liveTest) followOneOwner() {
	f := t.followOwnerNow()
	other := t.withNewOwner()
	g := other.followOwnerNow()
	other.announce(2)
	g.wantNotice()
	other.delete(2, other.room)
	g.wantNotice()
	f.wantNoNotice()
	g.wantQuiet()
}

func (t *liveTest) followOwnerCombines() {
	f, other := t.followOwnerNow(), t.withNewOwner().followOwnerNow()
	const n = 1000
	for rev := range int64(n) {
		t.announce(rev + 1)
	}
	other.announce(1)
	other.wantNotice() // so the notices for the owner have probably arrived, too
	f.wantNotice()
	seen := 1
	for ; f.hasNotice(); seen++ {
	}
	if seen > n/10 {
		t.Errorf("FollowOwner yielded %d times after %d changes, want it to combine them", seen, n)
	}
	t.announce(n + 1)
	f.wantNotice()
}

func (t *liveTest) followOwnerTogether() {
	staying := t.followOwnerNow()
	for rev := range int64(5) {
		leaving := t.followOwnerNow()
		staying.wantQuiet()
		t.announce(2 * rev)
		staying.wantNotice()
		leaving.wantNotice()
		leaving.stop()
		mustAwait(t, leaving.ended, "the end of the follower")
		t.announce(2*rev + 1)
		staying.wantNotice()
	}
}

func (t *liveTest) followOwnerCancelled() {
	f := t.followOwnerNow()
	f.stop()
	mustAwait(t, f.ended, "the end of the follower")
	for range t.FollowOwner(t.ctx, t.owner) {
		break
	}
	t.followOwnerNow()
}
