package portstest

import (
	"context"
	"testing"
	"time"
)

// WebhookLedger is the contract of ports.WebhookLedger. Several processes may
// receive and apply an event at the same time: applying twice is harmless, losing
// an event is not.
func WebhookLedger(t *testing.T, open func(t *testing.T) Stores) {
	runStoreSuite(t, open, []requirement[*storeTest]{
		{"Receive returns false until the event is marked as applied", (*storeTest).ledgerApply},
		{"concurrent Receives of an event all return false before it is applied", (*storeTest).ledgerRace},
		{"every method fails if the context is cancelled, and changes nothing", (*storeTest).ledgerCancelled},
	})
}

func (t *storeTest) newEventID() string { return "evt_" + string(newID(t)) }

// receive receives an event and checks whether it has already been applied.
func (t *storeTest) receive(event string, now time.Time, wantApplied bool) {
	t.Helper()
	applied, err := t.WebhookLedger.Receive(t.ctx, event, now)
	must(t, err)
	if applied != wantApplied {
		t.Fatalf("Receive reports that the event was applied: %v, want %v", applied, wantApplied)
	}
}

func (t *storeTest) ledgerApply() {
	event, other := t.newEventID(), t.newEventID()
	for i := range 3 {
		t.receive(event, midday.Add(time.Duration(i)*time.Hour), false)
	}
	t.receive(other, midday, false)
	for i := range 3 {
		now := midday.Add(time.Duration(i+3) * time.Hour)
		must(t, t.WebhookLedger.MarkApplied(t.ctx, event, now))
		t.receive(event, now, true)
	}
	t.receive(other, midday, false)
}

func (t *storeTest) ledgerRace() {
	event := t.newEventID()
	applied := make([]bool, 20)
	errs := concurrently(len(applied), func(i int) (err error) {
		applied[i], err = t.WebhookLedger.Receive(t.ctx, event, midday)
		return err
	})
	wantErrorCounts(t, errs, map[error]int{nil: 20})
	wantEqual(t, "what Receive reports before the event is applied", applied, make([]bool, 20))
	errs = concurrently(20, func(int) error { return t.WebhookLedger.MarkApplied(t.ctx, event, midday) })
	wantErrorCounts(t, errs, map[error]int{nil: 20})
	t.receive(event, midday, true)
}

func (t *storeTest) ledgerCancelled() {
	ledger, event, unknown := t.WebhookLedger, t.newEventID(), t.newEventID()
	t.receive(event, midday, false)
	wantCancelledCallsFail(t, map[string]func(context.Context) error{
		"Receive":     func(ctx context.Context) error { return errorOf(ledger.Receive(ctx, unknown, midday)) },
		"MarkApplied": func(ctx context.Context) error { return ledger.MarkApplied(ctx, event, midday) },
	})
	t.receive(event, midday, false)
}
