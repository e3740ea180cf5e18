package portstest

import (
	"context"
	"crypto/rand"
	"errors"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/kuvaka-tech/parley/core/id"
	"github.com/kuvaka-tech/parley/ports"
)

var queueCases = map[string]func(t *testing.T, q ports.Queue){
	"all that is woken arrives":                        queueArrives,
	"consumers share the work":                         queueShared,
	"a wake-up while its reply is handled comes again": queueAgain,
	"one at a time":                                    queueOneByOne,
	"a blocked consumer leaves the rest to others":     queueBlocked,
	"the end waits for the running handle":             queueEnd,
	"a consumer whose time is over gets nothing":       queueOver,
	"a wake-up whose time is over fails":               queueWakeOver,
	"a consumer comes after another":                   queueNextConsumer,
}

// Queue is the contract of a ports.Queue. What open returns is closed, if at all, by t.Cleanup.
func Queue(t *testing.T, open func(t *testing.T) ports.Queue) {
	for name, check := range queueCases {
		t.Run(name, func(t *testing.T) { check(t, open(t)) })
	}
}

// QueueInBubble is the same contract in testing/synctest, for a queue without sockets.
func QueueInBubble(t *testing.T, open func(t *testing.T) ports.Queue) {
	for name, check := range queueCases {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) { check(t, open(t)) })
		})
	}
}

func queueArrives(t *testing.T, q ports.Queue) {
	c := startConsumer(t, q)
	c.ready(t)
	missing := map[id.ID]bool{}
	for range 200 {
		reply := queueID(t)
		missing[reply] = true
		queueWake(t, q, reply)
	}
	for len(missing) > 0 {
		delete(missing, c.next(t))
		c.release <- struct{}{}
	}
}

func queueShared(t *testing.T, q ports.Queue) {
	ids := make(chan id.ID, 1000)
	for range 3 {
		c := startConsumer(t, q)
		c.ready(t)
		go func() {
			for reply := range c.entered {
				ids <- reply
				c.release <- struct{}{}
			}
		}()
	}
	missing := map[id.ID]bool{}
	for range 100 {
		reply := queueID(t)
		missing[reply] = true
		queueWake(t, q, reply)
	}
	for len(missing) > 0 {
		delete(missing, queueWait(t, ids, "a wake-up"))
	}
}

func queueAgain(t *testing.T, q ports.Queue) {
	c := startConsumer(t, q)
	c.ready(t)
	reply := queueID(t)
	queueWake(t, q, reply)
	c.await(t, reply)
	queueWake(t, q, reply)
	c.release <- struct{}{}
	c.await(t, reply)
}

func queueOneByOne(t *testing.T, q ports.Queue) {
	c := startConsumer(t, q)
	c.ready(t)
	for range 10 {
		queueWake(t, q, queueID(t))
	}
	for range 10 {
		c.next(t)
		select {
		case <-c.entered:
			t.Fatal("a second wake-up came while the first was being handled")
		case <-time.After(20 * time.Millisecond):
		}
		c.release <- struct{}{}
	}
}

func queueBlocked(t *testing.T, q ports.Queue) {
	blocked := startConsumer(t, q)
	blocked.ready(t)
	queueWake(t, q, queueID(t))
	blocked.next(t)
	free := startConsumer(t, q)
	free.ready(t)
	missing := map[id.ID]bool{}
	for range 20 {
		reply := queueID(t)
		missing[reply] = true
		queueWake(t, q, reply)
	}
	for len(missing) > 0 {
		delete(missing, free.next(t))
		free.release <- struct{}{}
	}
}

func queueEnd(t *testing.T, q ports.Queue) {
	type key struct{}
	begun, release := make(chan context.Context), make(chan struct{})
	ctx, cancel := context.WithCancel(context.WithValue(t.Context(), key{}, "kept"))
	defer cancel()
	var returned atomic.Bool
	done := make(chan error, 1)
	go func() {
		done <- q.Consume(ctx, func(ctx context.Context, _ id.ID) {
			begun <- ctx
			<-release
			returned.Store(true)
		})
	}()
	queueWakeUntil(t, q, begun, func(handed context.Context) {
		cancel()
		if handed.Err() != nil || handed.Value(key{}) != "kept" {
			t.Errorf("the handle's ctx: %v, %v", handed.Err(), handed.Value(key{}))
		}
		select {
		case err := <-done:
			t.Errorf("Consume returned %v while a handle ran", err)
		case <-time.After(50 * time.Millisecond):
		}
		if handed.Err() != nil {
			t.Errorf("the handle's ctx ended with the consumer's: %v", handed.Err())
		}
		close(release)
	})
	if err := queueWait(t, done, "Consume's return"); err != nil || !returned.Load() {
		t.Errorf("Consume returned %v, the handle had returned: %v", err, returned.Load())
	}
}

func queueOver(t *testing.T, q ports.Queue) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for range 20 {
		queueWake(t, q, queueID(t))
		err := q.Consume(ctx, func(context.Context, id.ID) { t.Error("a wake-up came after the end") })
		if err != nil {
			t.Fatalf("Consume returned %v", err)
		}
	}
}

func queueWakeOver(t *testing.T, q ports.Queue) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := q.Wake(ctx, queueID(t)); !errors.Is(err, context.Canceled) {
		t.Errorf("Wake failed with %v", err)
	}
}

func queueNextConsumer(t *testing.T, q ports.Queue) {
	for range 3 {
		c := startConsumer(t, q)
		c.ready(t)
		c.stop()
		if err := queueWait(t, c.done, "Consume's return"); err != nil {
			t.Fatalf("Consume returned %v", err)
		}
	}
}

// queueConsumer runs one Consume whose handle tells what entered and waits for its release.
type queueConsumer struct {
	q       ports.Queue
	entered chan id.ID
	release chan struct{}
	done    chan error
	stop    context.CancelFunc
}

func startConsumer(t *testing.T, q ports.Queue) *queueConsumer {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	c := &queueConsumer{q, make(chan id.ID), make(chan struct{}), make(chan error, 1), cancel}
	ended := make(chan struct{})
	over := make(chan struct{})
	go func() {
		c.done <- q.Consume(ctx, func(_ context.Context, reply id.ID) {
			select {
			case c.entered <- reply:
			case <-over:
				return
			}
			select {
			case <-c.release:
			case <-over:
			}
		})
		close(c.entered)
		close(ended)
	}()
	t.Cleanup(func() {
		cancel()
		close(over)
		queueWait(t, ended, "the consumer's end")
	})
	return c
}

// next returns what is being handled now.
func (c *queueConsumer) next(t *testing.T) id.ID {
	t.Helper()
	return queueWait(t, c.entered, "a wake-up")
}

// await lets all pass until a reply's wake-up is being handled.
func (c *queueConsumer) await(t *testing.T, reply id.ID) {
	t.Helper()
	for c.next(t) != reply {
		c.release <- struct{}{}
	}
}

// ready returns when the consumer gets what is woken; what was woken earlier may be lost.
func (c *queueConsumer) ready(t *testing.T) {
	t.Helper()
	queueWakeUntil(t, c.q, c.entered, func(id.ID) { c.release <- struct{}{} })
}

// queueWakeUntil wakes new replies until something comes of it, and hands that on.
func queueWakeUntil[T any](t *testing.T, q ports.Queue, came <-chan T, handle func(T)) {
	t.Helper()
	for range 500 {
		queueWake(t, q, queueID(t))
		select {
		case v := <-came:
			handle(v)
			return
		case <-time.After(20 * time.Millisecond):
		}
	}
	t.Fatal("nothing that is woken arrives")
}

func queueWake(t *testing.T, q ports.Queue, reply id.ID) {
	t.Helper()
	if err := q.Wake(t.Context(), reply); err != nil {
		t.Fatal(err)
	}
}

func queueWait[T any](t *testing.T, from <-chan T, what string) (v T) {
	t.Helper()
	select {
	case v = <-from:
	case <-time.After(10 * time.Second):
		t.Fatalf("waited 10 s for %s", what)
	}
	return v
}

func queueID(t *testing.T) id.ID {
	t.Helper()
	made, err := id.New(time.Now(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return made
}
