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

// record is a row of subscriptions.
type record struct {
	User         id.ID `db:"user_id"`
	Customer     string
	Subscription string
	Status       subscription.Status
	PeriodStart  sql.NullTime `db:"period_start"`
	PeriodEnd    sql.NullTime `db:"period_end"`
	Cancel       bool         `db:"cancel_at_period_end"`
	Ended        sql.NullTime
	At           sql.NullTime
	Changed      sql.NullTime
	Due          sql.NullTime
	Version      int64
}

// The user's row is locked, so that saves of one user go one after another
// and the customer, who is the same, is not found to be taken.
var saveRecord = named(`
	WITH who AS (
		SELECT id FROM users WHERE id = @user FOR NO KEY UPDATE
	), saved AS (
		INSERT INTO subscriptions AS kept (user_id, customer, subscription, status, period_start, period_end, cancel_at_period_end, ended, at, changed, due, version)
		SELECT id, @customer, @subscription, @status, @period_start, @period_end, @cancel, @ended, @at, @changed, @due, 1 FROM who
		WHERE @version::bigint = 0 OR EXISTS (SELECT FROM subscriptions WHERE user_id = @user)
		ON CONFLICT ON CONSTRAINT subscriptions_pkey DO UPDATE SET customer = excluded.customer, subscription = excluded.subscription,
			status = excluded.status, period_start = excluded.period_start, period_end = excluded.period_end,
			cancel_at_period_end = excluded.cancel_at_period_end, ended = excluded.ended, at = excluded.at,
			changed = excluded.changed, due = excluded.due, version = kept.version + 1
		WHERE kept.version = @version
		RETURNING user_id
	), entitled AS (
		UPDATE users SET pro_until = @pro_until FROM saved WHERE id = saved.user_id
	)
	SELECT EXISTS (SELECT FROM saved) FROM who`)

// dueRecords passes over what another call is just taking. The array keeps the
// order, and the plan from reading the whole table for a few of its rows.
var dueRecords = named(`
	WITH next AS (
		SELECT ARRAY (SELECT user_id FROM subscriptions WHERE due <= @now ORDER BY due LIMIT @n FOR NO KEY UPDATE SKIP LOCKED) AS ids
	), taken AS (
		UPDATE subscriptions SET due = @later WHERE user_id = ANY ((SELECT ids FROM next)::uuid[]) RETURNING *
	)
	SELECT user_id, customer, subscription, status, period_start, period_end, cancel_at_period_end, ended, at, changed, due, version
	FROM taken ORDER BY array_position((SELECT ids FROM next), user_id)`)

func (r record) record() subscription.Record {
	return subscription.Record{User: r.User, Customer: r.Customer, Changed: r.Changed.Time, Due: r.Due.Time, Version: r.Version, Snapshot: subscription.Snapshot{
		ID: r.Subscription, Status: r.Status, PeriodStart: r.PeriodStart.Time, PeriodEnd: r.PeriodEnd.Time,
		CancelAtPeriodEnd: r.Cancel, Ended: r.Ended.Time, At: r.At.Time}}
}

const (
	selectRecord = `
		SELECT user_id, customer, subscription, status, period_start, period_end, cancel_at_period_end, ended, at, changed, due, version
		FROM subscriptions `

	getRecord = selectRecord + `WHERE user_id = $1`

	findRecord = selectRecord + `WHERE customer = $1 AND customer <> ''`

	receiveEvent = `
		INSERT INTO events (id, at) VALUES ($1, $2)
		ON CONFLICT ON CONSTRAINT events_pkey DO UPDATE SET at = events.at RETURNING applied`

	applyEvent = `
		INSERT INTO events (id, at, applied) VALUES ($1, $2, true)
		ON CONFLICT ON CONSTRAINT events_pkey DO UPDATE SET at = excluded.at, applied = true`
)

func (s Subscriptions) Get(ctx context.Context, user id.ID) (subscription.Record, error) {
	var r record
	err := s.sql.GetContext(ctx, &r, getRecord, user)
	if errors.Is(err, sql.ErrNoRows) {
		return subscription.Record{User: user}, nil
	}
	return r.record(), failed("reading a subscription", err)
}

func (s Subscriptions) Find(ctx context.Context, customer string) (subscription.Record, error) {
	var r record
	err := s.sql.GetContext(ctx, &r, findRecord, customer)
	return r.record(), missed("finding a customer", err, subscription.ErrUnknown)
}

func (s Subscriptions) Save(ctx context.Context, r subscription.Record, proUntil time.Time) error {
	var saved bool
	err := s.sql.GetContext(ctx, &saved, saveRecord.sql, saveRecord.args(map[string]any{
		"user": r.User, "customer": r.Customer, "version": r.Version, "pro_until": instant(proUntil),
		"subscription": r.Snapshot.ID, "status": r.Snapshot.Status, "period_start": instant(r.Snapshot.PeriodStart),
		"period_end": instant(r.Snapshot.PeriodEnd), "cancel": r.Snapshot.CancelAtPeriodEnd,
		"ended": instant(r.Snapshot.Ended), "at": instant(r.Snapshot.At), "changed": instant(r.Changed), "due": instant(r.Due),
	})...)
	if err == nil && !saved {
		err = subscription.ErrStale
	}
	return missed("saving a subscription", err, user.ErrNotFound)
}

func (s Subscriptions) Due(ctx context.Context, now, later time.Time, n int) ([]subscription.Record, error) {
	var rows []record
	err := s.sql.SelectContext(ctx, &rows, dueRecords.sql, dueRecords.args(map[string]any{"now": now, "later": later, "n": n})...)
	due := make([]subscription.Record, len(rows))
	for i, r := range rows {
		due[i] = r.record()
	}
	return due, failed("taking the subscriptions that are due", err)
}

func (s Ledger) Receive(ctx context.Context, event string, now time.Time) (applied bool, err error) {
	err = s.sql.GetContext(ctx, &applied, receiveEvent, event, now)
	return applied, failed("receiving an event", err)
}

func (s Ledger) Applied(ctx context.Context, event string, now time.Time) error {
	_, err := s.sql.ExecContext(ctx, applyEvent, event, now)
	return failed("marking an event as applied", err)
}
