package postgres

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"github.com/kuvaka-tech/parley/core/id"
	"github.com/kuvaka-tech/parley/core/subscription"
	"github.com/kuvaka-tech/parley/core/user"
)

const (
	getSubscription = `
		SELECT user_id, customer, subscription, status, period_start, period_end, cancel_at_period_end,
			ended, at, changed, due, version
		FROM subscriptions WHERE user_id = $1`

	findSubscription = `
		SELECT user_id, customer, subscription, status, period_start, period_end, cancel_at_period_end,
			ended, at, changed, due, version
		FROM subscriptions WHERE customer = $1 AND customer <> ''`
)

var (
	saveSubscription     = load[saveSubscriptionParams]("save_subscription.sql")
	takeDueSubscriptions = load[takeDueParams]("take_due_subscriptions.sql")
)

// saveSubscriptionParams are the parameters of save_subscription.sql.
type saveSubscriptionParams struct {
	UserID            id.ID               `db:"user_id"`
	Customer          string              `db:"customer"`
	Subscription      string              `db:"subscription"`
	Status            subscription.Status `db:"status"`
	PeriodStart       sql.NullTime        `db:"period_start"`
	PeriodEnd         sql.NullTime        `db:"period_end"`
	CancelAtPeriodEnd bool                `db:"cancel_at_period_end"`
	Ended             sql.NullTime        `db:"ended"`
	FetchedAt         sql.NullTime        `db:"fetched_at"`
	Changed           sql.NullTime        `db:"changed"`
	Due               sql.NullTime        `db:"due"`
	Version           int64               `db:"version"`
	ProUntil          sql.NullTime        `db:"pro_until"`
}

// takeDueParams are the parameters of take_due_subscriptions.sql.
type takeDueParams struct {
	Now   time.Time `db:"now"`
	Later time.Time `db:"later"`
	Limit int       `db:"limit"`
}

// subscriptionRow is a row of the table subscriptions.
type subscriptionRow struct {
	UserID            id.ID `db:"user_id"`
	Customer          string
	Subscription      string
	Status            subscription.Status
	PeriodStart       sql.NullTime `db:"period_start"`
	PeriodEnd         sql.NullTime `db:"period_end"`
	CancelAtPeriodEnd bool         `db:"cancel_at_period_end"`
	Ended             sql.NullTime
	FetchedAt         sql.NullTime `db:"at"`
	Changed           sql.NullTime
	Due               sql.NullTime
	Version           int64
}

func (r subscriptionRow) record() subscription.Record {
	return subscription.Record{
		User:     r.UserID,
		Customer: r.Customer,
		Snapshot: subscription.Snapshot{
			ID:                r.Subscription,
			Status:            r.Status,
			PeriodStart:       r.PeriodStart.Time,
			PeriodEnd:         r.PeriodEnd.Time,
			CancelAtPeriodEnd: r.CancelAtPeriodEnd,
			Ended:             r.Ended.Time,
			FetchedAt:         r.FetchedAt.Time,
		},
		Changed: r.Changed.Time,
		Due:     r.Due.Time,
		Version: r.Version,
	}
}

// Get implements ports.Subscriptions.
func (s Subscriptions) Get(ctx context.Context, userID id.ID) (subscription.Record, error) {
	var row subscriptionRow
	err := s.pool.GetContext(ctx, &row, getSubscription, userID)
	if errors.Is(err, sql.ErrNoRows) {
		return subscription.Record{User: userID}, nil
	}
	return row.record(), wrap("reading a subscription", err)
}

// Find implements ports.Subscriptions.
func (s Subscriptions) Find(ctx context.Context, customer string) (subscription.Record, error) {
	var row subscriptionRow
	err := s.pool.GetContext(ctx, &row, findSubscription, customer)
	return row.record(), wrapNotFound("finding a customer", err, subscription.ErrUnknownCustomer)
}

// Save implements ports.Subscriptions.
func (s Subscriptions) Save(ctx context.Context, r subscription.Record, proUntil time.Time) error {
	var saved bool
	err := saveSubscription.get(ctx, s.pool, &saved, saveSubscriptionParams{
		UserID:            r.User,
		Customer:          r.Customer,
		Subscription:      r.Snapshot.ID,
		Status:            r.Snapshot.Status,
		PeriodStart:       nullTime(r.Snapshot.PeriodStart),
		PeriodEnd:         nullTime(r.Snapshot.PeriodEnd),
		CancelAtPeriodEnd: r.Snapshot.CancelAtPeriodEnd,
		Ended:             nullTime(r.Snapshot.Ended),
		FetchedAt:         nullTime(r.Snapshot.FetchedAt),
		Changed:           nullTime(r.Changed),
		Due:               nullTime(r.Due),
		Version:           r.Version,
		ProUntil:          nullTime(proUntil),
	})
	if err == nil && !saved {
		err = subscription.ErrStale
	}
	return wrapNotFound("saving a subscription", err, user.ErrNotFound)
}

// TakeDue implements ports.Subscriptions.
func (s Subscriptions) TakeDue(ctx context.Context, now, later time.Time, n int) ([]subscription.Record, error) {
	var rows []subscriptionRow
	err := takeDueSubscriptions.selectAll(ctx, s.pool, &rows, takeDueParams{Now: now, Later: later, Limit: n})
	records := make([]subscription.Record, len(rows))
	for i, row := range rows {
		records[i] = row.record()
	}
	return records, wrap("taking due subscriptions", err)
}
