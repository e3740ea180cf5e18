package portstest

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/kuvaka-tech/parley/core/id"
	"github.com/kuvaka-tech/parley/ports"
)

// Wakeups is the contract of ports.Wakeups. The port allows wake-ups to be lost and
// duplicated. The adapter of the test must not lose one after its consumer has
// started, but may deliver it more than once.
func Wakeups(t *testing.T, open func(t *testing.T) ports.Wakeups) {
	for _, r := range wakeupsSuite {
		t.Run(r.sentence, func(t *testing.T) { r.test(&wakeupsTest{T: t, Wakeups: open(t)}) })
	}
}

// WakeupsInSynctest runs Wakeups in testing/synctest bubbles, where time is
// virtual. It is for adapters that use no network.
func WakeupsInSynctest(t *testing.T, open func(t *testing.T) ports.Wakeups) {
	for _, r := range wakeupsSuite {
		t.Run(r.sentence, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) { r.test(&wakeupsTest{T: t, Wakeups: open(t)}) })
		})
	}
}

var wakeupsSuite = []requirement[*wakeupsTest]{
	{"every wake-up arrives", (*wakeupsTest).arrive},
	{"several consumers together receive every wake-up", (*wakeupsTest).sharedByConsumers},
	{"a wake-up for a reply that is being handled arrives again", (*wakeupsTest).duringHandle},
	{"a consumer handles one wake-up at a time", (*wakeupsTest).oneAtATime},
	{"other consumers receive wake-ups while one is blocked", (*wakeupsTest).blockedConsumer},
	{"Consume ends with its context and waits for the running handle", (*wakeupsTest).consumeEnds},
	{"Consume with a cancelled context handles nothing", (*wakeupsTest).consumeCancelled},
	{"Wake fails if the context is cancelled", (*wakeupsTest).wakeCancelled},
	{"a new consumer can start after another has ended", (*wakeupsTest).nextConsumer},
}

// wakeupsTest is a test of a ports.Wakeups.
type wakeupsTest struct {
	*testing.T
	ports.Wakeups
}

func (t *wakeupsTest) arrive() {
	c := t.startConsumer()
	c.wantAll(t.wakeNew(200))
}

func (t *wakeupsTest) sharedByConsumers() {
	handled := make(chan id.ID, 1000)
	for range 3 {
		c := t.startConsumer()
		go func() {
			for replyID := range c.handling {
				handled <- replyID
				select {
				case c.release <- struct{}{}:
				case <-t.Context().Done(): // the consumer may have stopped
				}
			}
		}()
	}
	missing := t.wakeNew(100)
	for len(missing) > 0 {
		delete(missing, mustAwait(t, handled, "a wake-up"))
	}
}

func (t *wakeupsTest) duringHandle() {
	c := t.startConsumer()
	replyID := newID(t)
	t.wake(replyID)
	c.waitFor(replyID)
	t.wake(replyID)
	c.release <- struct{}{}
	c.waitFor(replyID)
}

func (t *wakeupsTest) oneAtATime() {
	c := t.startConsumer()
	t.wakeNew(10)
	for range 10 {
		c.next()
		select {
		case <-c.handling:
			t.Fatal("the consumer handles a second wake-up while the first handle runs")
		case <-time.After(20 * time.Millisecond):
		}
		c.release <- struct{}{}
	}
}

func (t *wakeupsTest) blockedConsumer() {
	blocked := t.startConsumer()
	t.wake(newID(t))
	blocked.next()
	free := t.startConsumer()
	free.wantAll(t.wakeNew(20))
}

func (t *wakeupsTest) consumeEnds() {
	type key struct{}
	started, release := make(chan context.Context), make(chan struct{})
	ctx, cancel := context.WithCancel(context.WithValue(t.Context(), key{}, "value"))
	defer cancel()
	var handleReturned atomic.Bool
	done := make(chan error, 1)
	go func() {
		done <- t.Consume(ctx, func(ctx context.Context, _ id.ID) {
			started <- ctx
			<-release
			handleReturned.Store(true)
		})
	}()
	handleCtx := wakeUntil(t, started)
	cancel()
	if handleCtx.Err() != nil || handleCtx.Value(key{}) != "value" {
		t.Errorf("the context of handle has error %v and value %v, want no error and the value of the consumer's",
			handleCtx.Err(), handleCtx.Value(key{}))
	}
	select {
	case err := <-done:
		t.Errorf("Consume returned %v while a handle runs, want it to wait", err)
	case <-time.After(50 * time.Millisecond):
	}
	if handleCtx.Err() != nil {
		t.Errorf("the context of handle has error %v after the consumer's was cancelled, want none", handleCtx.Err())
	}
	close(release)
	if err := mustAwait(t, done, "the return of Consume"); err != nil || !handleReturned.Load() {
		t.Errorf("Consume returned %v after handle had returned: %v, want nil and true", err, handleReturned.Load())
	}
}

func (t *wakeupsTest) consumeCancelled() {
	for range 20 {
		t.wake(newID(t))
		err := t.Consume(cancelledContext(), func(context.Context, id.ID) {
			t.Error("Consume with a cancelled context handled a wake-up")
		})
		if err != nil {
			t.Fatalf("Consume with a cancelled context returned %v, want nil", err)
		}
	}
}

func (t *wakeupsTest) wakeCancelled() {
	if err := t.Wake(cancelledContext(), newID(t)); !errors.Is(err, context.Canceled) {
		t.Errorf("Wake with a cancelled context: error = %v, want context.Canceled", err)
	}
}

func (t *wakeupsTest) nextConsumer() {
	for range 3 {
		c := t.startConsumer()
		c.cancel()
		if err := mustAwait(t, c.done, "the return of Consume"); err != nil {
			t.Fatalf("Consume returned %v, want nil", err)
		}
	}
}

func (t *wakeupsTest) wake(replyID id.ID) {
	t.Helper()
	must(t, t.Wake(t.Context(), replyID))
}

// wakeNew sends wake-ups for n new replies.
func (t *wakeupsTest) wakeNew(n int) map[id.ID]bool {
	t.Helper()
	replies := map[id.ID]bool{}
	for range n {
		replyID := newID(t)
		replies[replyID] = true
		t.wake(replyID)
	}
	return replies
}

// wakeUntil sends wake-ups until one of them leads to a value in the channel.
func wakeUntil[T any](t *wakeupsTest, from <-chan T) (v T) {
	t.Helper()
	for range 500 {
		t.wake(newID(t))
		select {
		case v = <-from:
			return v
		case <-time.After(20 * time.Millisecond):
		}
	}
	t.Fatal("none of 500 wake-ups arrived")
	return v
}
