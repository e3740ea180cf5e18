package postgres

import (
	"context"
	"time"

	"github.com/kuvaka-tech/parley/core/subscription"
)

const (
	addCustomerDeletion = `
		INSERT INTO customer_deletions (customer) VALUES ($1)
		ON CONFLICT ON CONSTRAINT customer_deletions_pkey DO UPDATE
		SET due = excluded.due, attempts = excluded.attempts, version = customer_deletions.version + 1`

	// takeCustomerDeletions skips locked rows, so it never waits.
	takeCustomerDeletions = `
		UPDATE customer_deletions SET due = $2 WHERE customer = ANY (ARRAY(
			SELECT customer FROM customer_deletions WHERE due <= $1 ORDER BY due LIMIT $3 FOR UPDATE SKIP LOCKED))
		RETURNING customer, attempts, version`

	postponeCustomerDeletion = `
		UPDATE customer_deletions SET attempts = $3, due = $4 WHERE customer = $1 AND version = $2`

	countCustomerDeletions = `SELECT count(*) FROM customer_deletions`

	removeCustomerDeletion = `DELETE FROM customer_deletions WHERE customer = $1 AND version = $2`
)

// Add implements ports.CustomerDeletions.
func (s CustomerDeletions) Add(ctx context.Context, customer string) error {
	_, err := s.pool.ExecContext(ctx, addCustomerDeletion, customer)
	return wrap("adding a customer to delete", err)
}

// TakeDue implements ports.CustomerDeletions.
func (s CustomerDeletions) TakeDue(
	ctx context.Context, now, later time.Time, n int,
) (due []subscription.CustomerDeletion, err error) {
	err = s.pool.SelectContext(ctx, &due, takeCustomerDeletions, now, later, n)
	return due, wrap("taking customers to delete", err)
}

// Postpone implements ports.CustomerDeletions.
func (s CustomerDeletions) Postpone(ctx context.Context, d subscription.CustomerDeletion, due time.Time) error {
	_, err := s.pool.ExecContext(ctx, postponeCustomerDeletion, d.Customer, d.Version, d.Attempts, due)
	return wrap("postponing the deletion of a customer", err)
}

// Remove implements ports.CustomerDeletions.
func (s CustomerDeletions) Remove(ctx context.Context, d subscription.CustomerDeletion) error {
	_, err := s.pool.ExecContext(ctx, removeCustomerDeletion, d.Customer, d.Version)
	return wrap("removing a deleted customer", err)
}

// Count implements ports.CustomerDeletions.
func (s CustomerDeletions) Count(ctx context.Context) (n int, err error) {
	err = s.pool.GetContext(ctx, &n, countCustomerDeletions)
	return n, wrap("counting customers to delete", err)
}
