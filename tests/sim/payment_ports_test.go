package sim

import (
	"context"
	"time"

	"github.com/kuvaka-tech/parley/core/id"
	"github.com/kuvaka-tech/parley/core/subscription"
	"github.com/kuvaka-tech/parley/ports"
)

func (x payments) Customer(ctx context.Context, userID id.ID) (string, error) {
	return call(ctx, x.p, "payments.Customer", usual, func() (string, error) {
		return x.Payments.Customer(ctx, userID)
	})
}

func (x payments) Checkout(ctx context.Context, o ports.Order) (string, error) {
	return call(ctx, x.p, "payments.Checkout", usual, func() (string, error) { return x.Payments.Checkout(ctx, o) })
}

func (x payments) Fetch(ctx context.Context, customer string) (subscription.Snapshot, error) {
	return call(ctx, x.p, "payments.Fetch", usual, func() (subscription.Snapshot, error) {
		return x.Payments.Fetch(ctx, customer)
	})
}

func (x subscriptions) Get(ctx context.Context, userID id.ID) (subscription.Record, error) {
	return call(ctx, x.p, "subscriptions.Get", usual, func() (subscription.Record, error) {
		return x.Subscriptions.Get(ctx, userID)
	})
}

func (x subscriptions) TakeDue(ctx context.Context, now, later time.Time, n int) ([]subscription.Record, error) {
	return call(ctx, x.p, "subscriptions.TakeDue", usual, func() ([]subscription.Record, error) {
		return x.Subscriptions.TakeDue(ctx, now, later, n)
	})
}

func (x subscriptions) Find(ctx context.Context, customer string) (subscription.Record, error) {
	return call(ctx, x.p, "subscriptions.Find", usual, func() (subscription.Record, error) {
		return x.Subscriptions.Find(ctx, customer)
	})
}

func (x subscriptions) Save(ctx context.Context, r subscription.Record, proUntil time.Time) error {
	return run(ctx, x.p, "subscriptions.Save", usual, func() error { return x.Subscriptions.Save(ctx, r, proUntil) })
}

func (x webhookLedger) Receive(ctx context.Context, event string, now time.Time) (bool, error) {
	return call(ctx, x.p, "webhookLedger.Receive", usual, func() (bool, error) {
		return x.WebhookLedger.Receive(ctx, event, now)
	})
}

func (x webhookLedger) MarkApplied(ctx context.Context, event string, now time.Time) error {
	return run(ctx, x.p, "webhookLedger.MarkApplied", usual, func() error {
		return x.WebhookLedger.MarkApplied(ctx, event, now)
	})
}
