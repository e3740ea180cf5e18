package postgres

import (
	"context"

	"github.com/kuvaka-tech/parley/core/quota"
)

const (
	addTokens = `
		INSERT INTO spend (day, tokens) VALUES ($1, $2)
		ON CONFLICT ON CONSTRAINT spend_pkey DO UPDATE SET tokens = spend.tokens + excluded.tokens`

	totalTokens = `SELECT tokens FROM spend WHERE day = $1`
)

// Add implements ports.TokenSpend.
func (s TokenSpend) Add(ctx context.Context, day quota.Day, tokens int64) error {
	_, err := s.pool.ExecContext(ctx, addTokens, dateOf(day), tokens)
	return wrap("adding tokens", err)
}

// Total implements ports.TokenSpend.
func (s TokenSpend) Total(ctx context.Context, day quota.Day) (tokens int64, err error) {
	err = s.pool.GetContext(ctx, &tokens, totalTokens, dateOf(day))
	return tokens, wrap("reading the day's tokens", ignoreNoRows(err))
}
