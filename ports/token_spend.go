package ports

import (
	"context"

	"github.com/kuvaka-tech/parley/core/quota"
)

// TokenSpend counts the tokens that the models used, prompt and answer together, per UTC
// day and for all processes. A process calls Add about once a second with its sum, so that
// attempts do not compete for one row.
type TokenSpend interface {
	// Add adds tokens, which must not be negative, to the day's total.
	Add(ctx context.Context, day quota.Day, tokens int64) error
	// Total returns the day's total, 0 if nothing was added.
	Total(ctx context.Context, day quota.Day) (int64, error)
}
