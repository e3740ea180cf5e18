package portstest

import (
	"context"
	"time"
)

// ownerFollower is a client that follows the owner of the room.
type ownerFollower struct {
	*liveTest
	notices chan error
	ended   chan struct{} // closed when FollowOwner has ended
	stop    context.CancelFunc
}

// followOwnerNow starts a follower and waits until it listens.
func (t *liveTest) followOwnerNow() *ownerFollower {
	t.Helper()
	ctx, cancel := context.WithCancel(t.ctx)
	f := &ownerFollower{
		liveTest: t,
		notices:  make(chan error),
		ended:    make(chan struct{}),
		stop:     cancel,
	}
	go func() {
		defer close(f.ended)
		for err := range t.FollowOwner(ctx, t.owner) {
			select {
			case f.notices <- err:
			case <-ctx.Done():
			}
		}
	}()
	t.Cleanup(func() { cancel(); <-f.ended })
	f.wantNotice()
	return f
}

func (f *ownerFollower) wantNotice() {
	f.Helper()
	must(f, mustAwait(f, f.notices, "a notice for the owner"))
}

// wantNoNotice checks that no notice is on its way. It causes a last notice, because
// notices arrive in the order of the changes.
func (f *ownerFollower) wantNoNotice() {
	f.Helper()
	f.withNewRoom().announce(1)
	f.wantNotice()
	f.wantQuiet()
}

// wantQuiet checks that no notice comes for a while.
func (f *ownerFollower) wantQuiet() {
	f.Helper()
	if f.hasNotice() {
		f.Fatal("FollowOwner yielded without a change, want nothing")
	}
}

// hasNotice reports whether a notice comes within a while.
func (f *ownerFollower) hasNotice() bool {
	f.Helper()
	select {
	case err := <-f.notices:
		must(f, err)
		return true
	case <-time.After(20 * time.Millisecond):
		return false
	}
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
		mustAwait(t, leaving.ended, "the end of FollowOwner")
		t.announce(2*rev + 1)
		staying.wantNotice()
	}
}

func (t *liveTest) followOwnerCancelled() {
	f := t.followOwnerNow()
	f.stop()
	mustAwait(t, f.ended, "the end of FollowOwner")
	for range t.FollowOwner(t.ctx, t.owner) {
		break
	}
	t.followOwnerNow()
}
