package postgres

import (
	"context"
	"database/sql"
	"errors"

	"github.com/kuvaka-tech/parley/core/quota"
)

const (
	addSpend = `INSERT INTO spend (day, tokens) VALUES ($1, $2) ON CONFLICT ON CONSTRAINT spend_pkey DO UPDATE SET tokens = spend.tokens + excluded.tokens`

	spentTokens = `SELECT tokens FROM spend WHERE day = $1`
)

func (s Spend) Add(ctx context.Context, day quota.Day, tokens int64) error {
	_, err := s.sql.ExecContext(ctx, addSpend, date(day), tokens)
	return failed("counting tokens", err)
}

func (s Spend) Spent(ctx context.Context, day quota.Day) (tokens int64, err error) {
	err = s.sql.GetContext(ctx, &tokens, spentTokens, date(day))
	if errors.Is(err, sql.ErrNoRows) {
		err = nil
	}
	return tokens, failed("reading what was spent", err)
}
