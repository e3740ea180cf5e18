package ports

import (
	"context"

	"github.com/kuvaka-tech/parley/core/quota"
)

// Spend counts the tokens that the models took, in and out, by the UTC day and
// over all processes. It is counted in bulk, as many would otherwise wait for one count.
type Spend interface {
	// Add counts so many tokens more, which are not negative.
	Add(ctx context.Context, day quota.Day, tokens int64) error
	// Spent is the day's count, 0 of a day that has none.
	Spent(ctx context.Context, day quota.Day) (int64, error)
}
