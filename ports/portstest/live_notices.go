package portstest

import (
	"context"
	"iter"
	"time"
)

// noticeFollower is a client that receives notices, which say only that something changed.
type noticeFollower struct {
	*liveTest
	notices chan error
	ended   chan struct{} // closed when the follower has ended
	stop    context.CancelFunc
}

// followNotices starts a follower and waits until it listens.
func (t *liveTest) followNotices(follow func(context.Context) iter.Seq[error]) *noticeFollower {
	t.Helper()
	ctx, cancel := context.WithCancel(t.ctx)
	f := &noticeFollower{
		liveTest: t,
		notices:  make(chan error),
		ended:    make(chan struct{}),
		stop:     cancel,
	}
	go func() {
		defer close(f.ended)
		for err := range follow(ctx) {
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

func (f *noticeFollower) wantNotice() {
	f.Helper()
	must(f, mustAwait(f, f.notices, "a notice"))
}

// wantQuiet checks that no notice comes for a while.
func (f *noticeFollower) wantQuiet() {
	f.Helper()
	if f.hasNotice() {
		f.Fatal("the follower received a notice without a change for it, want none")
	}
}

// hasNotice reports whether a notice comes within a while.
func (f *noticeFollower) hasNotice() bool {
	f.Helper()
	select {
	case err := <-f.notices:
		must(f, err)
		return true
	case <-time.After(20 * time.Millisecond):
		return false
	}
}
