package talk_test

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/kuvaka-tech/parley/adapters/memory"
	"github.com/kuvaka-tech/parley/app/talk"
	"github.com/kuvaka-tech/parley/core/reply"
	"github.com/kuvaka-tech/parley/ports"
)

// fakeLoad is the load of a queue with one slot, for which 5 users wait for 5 minutes.
type fakeLoad struct {
	ports.ReplyQueue
	ports.Workers
	usersAhead  atomic.Int64
	unavailable bool
	delay       time.Duration // of a call of UsersAhead
	reads       atomic.Int64  // calls of UsersAhead
}

func (l *fakeLoad) Capacity(context.Context, time.Time) (reply.Capacity, error) {
	return reply.Capacity{Slots: 1}, nil
}

func (l *fakeLoad) UsersAhead(_ context.Context, _ time.Time, _ time.Duration, limit int) (int, error) {
	l.reads.Add(1)
	time.Sleep(l.delay)
	if l.unavailable {
		return 0, errInjected
	}
	return min(int(l.usersAhead.Load()), limit), nil
}

// loadHarness is a harness with a fakeLoad and one room.
type loadHarness struct {
	*harness
	room    string
	load    fakeLoad
	monitor *talk.LoadMonitor
	mu      sync.Mutex
	changes []string // the calls of onChange
}

func newLoadHarness(t *testing.T) *loadHarness {
	h := &loadHarness{harness: &harness{store: memory.New()}}
	config := h.config(t, rand.Reader)
	config.Users = memory.Users{Store: h.store}
	h.monitor = talk.NewLoadMonitor(&h.load, &h.load, func(overloaded bool, l reply.Load) {
		h.mu.Lock()
		defer h.mu.Unlock()
		h.changes = append(h.changes, fmt.Sprint(overloaded, " ", l.UsersAhead))
	})
	config.Load = h.monitor
	h.Service = talk.New(config)
	h.room, _ = h.ask(t)
	return h
}

// refuses sends a message and reports whether it was refused because of the load.
func (h *loadHarness) refuses(t *testing.T) bool {
	t.Helper()
	_, err := h.send(t.Context(), h.room)
	if err != nil && !errors.Is(err, reply.ErrOverloaded) {
		t.Fatalf("sending a message: %v", err)
	}
	return err != nil
}

// checkRefuses waits until the cached load is old, and checks whether a message is refused.
func (h *loadHarness) checkRefuses(t *testing.T, want bool) {
	t.Helper()
	time.Sleep(time.Second)
	if got := h.refuses(t); got != want {
		t.Errorf("with %d users ahead, a message is refused: %v, want %v", h.load.usersAhead.Load(), got, want)
	}
}

func (h *loadHarness) checkChanges(t *testing.T, want string) {
	t.Helper()
	h.mu.Lock()
	defer h.mu.Unlock()
	if got := fmt.Sprint(h.changes); got != want {
		t.Errorf("onChange was called with %s, want %s", got, want)
	}
}

func TestTheLoadIsReadOncePerSecond(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newLoadHarness(t)
		for range 100 {
			h.refuses(t)
			time.Sleep(50 * time.Millisecond)
		}
		if h.load.reads.Load() != 5 {
			t.Errorf("the load was read %d times in 5 seconds, want 5", h.load.reads.Load())
		}
	})
}

// While one message waits for the store, the others use the last result.
func TestOneMessageReadsTheLoadAtATime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newLoadHarness(t)
		h.load.delay = 1900 * time.Millisecond
		h.load.usersAhead.Store(6)
		time.Sleep(time.Second)
		first := make(chan bool)
		go func() { first <- h.refuses(t) }()
		synctest.Wait()
		began := time.Now()
		for range 9 {
			time.Sleep(200 * time.Millisecond)
			if h.refuses(t) {
				t.Error("a message is refused while the load is being read, want the last result")
			}
		}
		if took := time.Since(began); took != 1800*time.Millisecond {
			t.Errorf("9 messages waited for the load: they took %v, want 1.8s", took)
		}
		if !<-first {
			t.Error("the message that has read the load is accepted, want it refused")
		}
		if h.load.reads.Load() != 2 {
			t.Errorf("the load was read %d times, want 2", h.load.reads.Load())
		}
	})
}

// A load near the limit is one overload. An error refuses nobody and is no change.
func TestAnOverloadEndsAfterAMinuteWithoutOne(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newLoadHarness(t)
		h.load.usersAhead.Store(5)
		h.checkRefuses(t, false)
		h.load.usersAhead.Store(6)
		h.checkRefuses(t, true)
		for range 100 {
			h.load.usersAhead.Store(4)
			h.checkRefuses(t, false)
			h.load.usersAhead.Store(7)
			h.checkRefuses(t, true)
		}
		h.load.unavailable = true
		h.checkRefuses(t, false)
		h.load.unavailable = false
		h.checkChanges(t, "[true 6]")
		h.load.usersAhead.Store(3)
		for range 58 {
			h.checkRefuses(t, false)
		}
		h.checkChanges(t, "[true 6]")
		h.checkRefuses(t, false)
		h.checkChanges(t, "[true 6 false 3]")
	})
}

// A client that disconnects does not change the result for the others.
func TestADisconnectedClientDoesNotHideTheLoad(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newLoadHarness(t)
		h.load.usersAhead.Store(6)
		time.Sleep(time.Second)
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		_, err := h.send(ctx, h.room)
		if err == nil {
			t.Fatal("a message of a disconnected client is accepted, want an error")
		}
		if !h.refuses(t) {
			t.Error("the next message is accepted, want it refused")
		}
	})
}
