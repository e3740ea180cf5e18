package postgres

import (
	"context"

	"github.com/kuvaka-tech/parley/core/id"
	"github.com/kuvaka-tech/parley/core/quota"
)

const countMessages = `SELECT n FROM sent WHERE user_id = $1 AND day = $2`

// Count implements ports.MessageCounts.
func (s MessageCounts) Count(ctx context.Context, userID id.ID, day quota.Day) (int, error) {
	n, err := countUnits(ctx, s.pool, userID, day)
	return n, wrap("counting messages", err)
}

func countUnits(ctx context.Context, q queryer, userID id.ID, day quota.Day) (n int, err error) {
	err = q.GetContext(ctx, &n, countMessages, userID, dateOf(day))
	return n, ignoreNoRows(err)
}
