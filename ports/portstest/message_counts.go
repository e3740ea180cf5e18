package portstest

import (
	"context"
	"testing"
	"time"

	"github.com/kuvaka-tech/parley/core/id"
)

// MessageCounts is the contract of ports.MessageCounts.
func MessageCounts(t *testing.T, open func(t *testing.T) Stores) {
	runStoreSuite(t, open, []requirement[*storeTest]{
		{"each user and day has its own count, over all rooms", (*storeTest).countsPerUserAndDay},
		{"a refunded message does not count", (*storeTest).countsRefunded},
		{"Count fails if the context is cancelled", (*storeTest).countsCancelled},
	})
}

func (t *storeTest) countsPerUserAndDay() {
	a, b := t.addRoom(), t.addRoom()
	sibling, tomorrow := t.addRoomOf(a.Owner, midday), midday.Add(24*time.Hour)
	t.wantCount(a.Owner, midday, 0)
	t.send(a, midday)
	t.send(sibling, midday)
	t.send(a, tomorrow)
	t.send(b, midday)
	t.wantCount(a.Owner, midday, 2)
	t.wantCount(a.Owner, tomorrow, 1)
	t.wantCount(a.Owner, midday.Add(-24*time.Hour), 0)
	t.wantCount(b.Owner, midday, 1)
	t.wantCount(b.Owner, tomorrow, 0)
	t.wantCount(newID(t), midday, 0)
}

func (t *storeTest) countsRefunded() {
	r := t.addRoom()
	for range 5 {
		t.send(r, midday)
	}
	t.wantExhausted(t.newDraft(r, midday), 5)
	t.finish(t.claimOne(midday), failed, midday)
	t.wantCount(r.Owner, midday, 4)
	if a := t.accept(t.newDraft(r, midday)); a.Used != 5 {
		t.Fatalf("a message after a refund has number %d of the day, want 5", a.Used)
	}
	t.wantExhausted(t.newDraft(r, midday), 5)
}

func (t *storeTest) countsCancelled() {
	userID := newID(t)
	wantCancelledCallsFail(t, map[string]func(context.Context) error{
		"Count": func(ctx context.Context) error { return errorOf(t.MessageCounts.Count(ctx, userID, today)) },
	})
}

// wantCount checks how many messages of that day count against the user's quota.
func (t *storeTest) wantCount(userID id.ID, at time.Time, want int) {
	t.Helper()
	if got := t.countMessages(userID, at); got != want {
		t.Fatalf("%d messages are counted, want %d", got, want)
	}
}
