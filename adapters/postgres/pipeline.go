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
}

// pipeline runs statements in one transaction and one round trip. Each statement sees what was
// committed before it began. If a statement has no row to scan, pipeline fails with
// sql.ErrNoRows; the other statements are committed nevertheless.
func (p *pool) pipeline(ctx context.Context, queries ...query) error {
	return p.withTimeout(ctx, func(ctx context.Context) error {
		batch := &pgx.Batch{}
		for _, q := range queries {
			queued := batch.Queue(q.sql, q.args...)
			if q.row != nil {
				queued.QueryRow(func(row pgx.Row) error { return row.Scan(q.row...) })
			}
		}
		err := p.connections.SendBatch(ctx, batch).Close()
		if errors.Is(err, pgx.ErrNoRows) {
			return sql.ErrNoRows
		}
		return err
	})
}
