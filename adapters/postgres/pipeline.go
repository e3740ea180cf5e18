package postgres

import (
	"context"
	"database/sql"
	"errors"

	"github.com/jackc/pgx/v5"
)

// query is a statement of a pipeline.
type query struct {
	sql  string
	args []any
	row  []any // where to scan the columns of the only row; nil if the result does not matter
	// each is called for each row, if it is not nil
	each func(pgx.Row) error
}

// queue adds the statement to a batch.
func (q query) queue(batch *pgx.Batch) {
	queued := batch.Queue(q.sql, q.args...)
	switch {
	case q.row != nil:
		queued.QueryRow(func(row pgx.Row) error { return row.Scan(q.row...) })
	case q.each != nil:
		queued.Query(func(rows pgx.Rows) error {
			for rows.Next() {
				if err := q.each(rows); err != nil {
					return err
				}
			}
			return rows.Err()
		})
	}
}

// pipeline runs statements in one transaction and one round trip. Each statement sees what was
// committed before it began. If a statement has no row to scan, pipeline fails with
// sql.ErrNoRows; the other statements are committed nevertheless.
func (p *pool) pipeline(ctx context.Context, queries ...query) error {
	return p.withTimeout(ctx, func(ctx context.Context) error {
		batch := &pgx.Batch{}
		for _, q := range queries {
			q.queue(batch)
		}
		err := p.connections.SendBatch(ctx, batch).Close()
		if errors.Is(err, pgx.ErrNoRows) {
			return sql.ErrNoRows
		}
		return err
	})
}
