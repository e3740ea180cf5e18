package portstest

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/kuvaka-tech/parley/core/reply"
	"github.com/kuvaka-tech/parley/ports"
)

// Workers is the contract of ports.Workers.
func Workers(t *testing.T, open func(t *testing.T) Stores) {
	runStoreSuite(t, open, []requirement[*storeTest]{
		{"a worker is live until the time of its last heartbeat", (*storeTest).workersHeartbeat},
		{"Capacity adds up what the live workers have reported", (*storeTest).workersCapacity},
		{"a worker that reports no slots counts as unknown", (*storeTest).workersUnknown},
		{"workers whose heartbeats are concurrent are all counted", (*storeTest).workersRace},
		{"every method fails if the context is cancelled, and changes nothing", (*storeTest).workersCancelled},
	})
}

func (t *storeTest) wantLive(now time.Time, want int) {
	t.Helper()
	got, err := t.Workers.CountLive(t.ctx, now)
	must(t, err)
	if got != want {
		t.Fatalf("%d workers are live at %v, want %d", got, now, want)
	}
}

func (t *storeTest) heartbeat(worker string, until time.Time) {
	t.Helper()
	must(t, t.Workers.Heartbeat(t.ctx, newHeartbeat(worker, until)))
}

// newHeartbeat returns the heartbeat of a worker with 10 slots that has finished 3 replies.
func newHeartbeat(worker string, until time.Time) ports.Heartbeat {
	return ports.Heartbeat{
		Worker:   worker,
		Until:    until,
		Slots:    10,
		Finished: 3,
	}
}

func (t *storeTest) wantCapacity(now time.Time, want reply.Capacity) {
	t.Helper()
	got, err := t.Workers.Capacity(t.ctx, now)
	must(t, err)
	wantEqual(t, "the capacity", got, want)
}

func (t *storeTest) workersCapacity() {
	a, b, end := string(newID(t)), string(newID(t)), midday.Add(time.Minute)
	t.wantCapacity(midday, reply.Capacity{})
	t.heartbeat(a, end)
	t.heartbeat(b, end.Add(time.Second))
	t.wantCapacity(midday, reply.Capacity{Slots: 20, Finished: 6})
	changed := newHeartbeat(b, end.Add(time.Second))
	changed.Slots, changed.Finished = 256, 20_000
	must(t, t.Workers.Heartbeat(t.ctx, changed))
	t.wantCapacity(end.Add(-time.Microsecond), reply.Capacity{Slots: 266, Finished: 20_003})
	t.wantCapacity(end, reply.Capacity{Slots: 256, Finished: 20_000})
	t.wantCapacity(end.Add(time.Second), reply.Capacity{})
}

func (t *storeTest) workersUnknown() {
	end := midday.Add(time.Minute)
	t.heartbeat(string(newID(t)), end)
	old := ports.Heartbeat{Worker: string(newID(t)), Until: end}
	must(t, t.Workers.Heartbeat(t.ctx, old))
	t.wantLive(midday, 2)
	t.wantCapacity(midday, reply.Capacity{Slots: 10, Finished: 3, Unknown: 1})
}

func (t *storeTest) workersHeartbeat() {
	a, b, end := string(newID(t)), string(newID(t)), midday.Add(time.Minute)
	t.wantLive(midday, 0)
	t.heartbeat(a, end)
	t.heartbeat(b, end.Add(time.Second))
	t.heartbeat(b, end)
	t.wantLive(end.Add(-time.Microsecond), 2)
	t.heartbeat(a, end.Add(time.Minute))
	t.wantLive(end, 1)
	t.heartbeat(a, end)
	t.wantLive(end, 0)
	t.heartbeat(b, end.Add(time.Second))
	t.wantLive(end, 1)
}

func (t *storeTest) workersRace() {
	prefix := newID(t)
	errs := concurrently(40, func(i int) error {
		return t.Workers.Heartbeat(t.ctx, newHeartbeat(fmt.Sprint(prefix, i%20), midday.Add(time.Minute)))
	})
	wantErrorCounts(t, errs, map[error]int{nil: 40})
	t.wantLive(midday, 20)
}

func (t *storeTest) workersCancelled() {
	known, unknown := string(newID(t)), string(newID(t))
	end := midday.Add(time.Minute)
	t.heartbeat(known, end)
	first, last := newHeartbeat(unknown, end), newHeartbeat(known, midday)
	wantCancelledCallsFail(t, map[string]func(context.Context) error{
		"first Heartbeat": func(ctx context.Context) error { return t.Workers.Heartbeat(ctx, first) },
		"last Heartbeat":  func(ctx context.Context) error { return t.Workers.Heartbeat(ctx, last) },
		"CountLive":       func(ctx context.Context) error { return errorOf(t.Workers.CountLive(ctx, midday)) },
		"Capacity":        func(ctx context.Context) error { return errorOf(t.Workers.Capacity(ctx, midday)) },
	})
	t.wantLive(midday, 1)
}
