package portstest

import (
	"context"
	"fmt"
	"testing"
	"time"
)

// Workers is the contract of ports.Workers.
func Workers(t *testing.T, open func(t *testing.T) Stores) {
	runStoreSuite(t, open, []requirement[*storeTest]{
		{"a worker is live until the time of its last heartbeat", (*storeTest).workersHeartbeat},
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
	must(t, t.Workers.Heartbeat(t.ctx, worker, until))
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
		return t.Workers.Heartbeat(t.ctx, fmt.Sprint(prefix, i%20), midday.Add(time.Minute))
	})
	wantErrorCounts(t, errs, map[error]int{nil: 40})
	t.wantLive(midday, 20)
}

func (t *storeTest) workersCancelled() {
	known, unknown := string(newID(t)), string(newID(t))
	end := midday.Add(time.Minute)
	t.heartbeat(known, end)
	wantCancelledCallsFail(t, map[string]func(context.Context) error{
		"first Heartbeat": func(ctx context.Context) error { return t.Workers.Heartbeat(ctx, unknown, end) },
		"last Heartbeat":  func(ctx context.Context) error { return t.Workers.Heartbeat(ctx, known, midday) },
		"CountLive":       func(ctx context.Context) error { return errorOf(t.Workers.CountLive(ctx, midday)) },
	})
	t.wantLive(midday, 1)
}
