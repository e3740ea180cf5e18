package postgres

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/jmoiron/sqlx"

	"github.com/kuvaka-tech/parley/core/quota"
)

// queryer runs statements: a pool, or a transaction.
type queryer interface {
	GetContext(ctx context.Context, dest any, query string, args ...any) error
	SelectContext(ctx context.Context, dest any, query string, args ...any) error
	ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error)
}

// wrap translates an error of the database and prefixes it with the operation:
// "adding a user: ...". It returns nil for nil.
func wrap(operation string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s: %w", operation, translate(err))
}

// wrapNotFound is wrap for a query whose missing row means notFound.
func wrapNotFound(operation string, err, notFound error) error {
	return wrap(operation, replaceNoRows(err, notFound))
}

// replaceNoRows returns meaning for sql.ErrNoRows, and other errors unchanged.
func replaceNoRows(err, meaning error) error {
	if errors.Is(err, sql.ErrNoRows) {
		return meaning
	}
	return err
}

// ignoreNoRows returns nil for sql.ErrNoRows, and other errors unchanged.
func ignoreNoRows(err error) error { return replaceNoRows(err, nil) }

// changeRow runs a statement that must change or delete a row. It fails with sql.ErrNoRows when
// the statement changes none.
func changeRow(ctx context.Context, q queryer, query string, args ...any) error {
	result, err := q.ExecContext(ctx, query, args...)
	if err != nil {
		return err
	}
	rows, err := result.RowsAffected()
	if err == nil && rows == 0 {
		err = sql.ErrNoRows
	}
	return err
}

// transaction runs f in a transaction, which it commits, or rolls back when f fails.
// The timeout of one statement limits the whole transaction.
func (p *pool) transaction(ctx context.Context, f func(ctx context.Context, tx *sqlx.Tx) error) error {
	return p.withTimeout(ctx, func(ctx context.Context) error {
		tx, err := p.BeginTxx(ctx, nil)
		if err != nil {
			return err
		}
		if err := f(ctx, tx); err != nil {
			_ = tx.Rollback() // if this fails, the server rolls back when the connection ends
			return err
		}
		return tx.Commit()
	})
}

// nullTime returns t, or NULL for the zero time.
func nullTime(t time.Time) sql.NullTime { return sql.NullTime{Time: t, Valid: !t.IsZero()} }

// dateOf returns the day as the value of a date column: its midnight in UTC.
func dateOf(d quota.Day) time.Time { return d.End().AddDate(0, 0, -1) }
