package postgres

import (
	"context"
	"time"

	"github.com/kuvaka-tech/parley/core/id"
	"github.com/kuvaka-tech/parley/ports"
)

var (
	lockAccount   = load[eraseParams]("lock_account.sql")
	keepCounts    = load[keepCountsParams]("keep_counts.sql")
	restoreCounts = load[keepCountsParams]("restore_counts.sql")
	mergeCounts   = load[keepCountsParams]("merge_counts.sql")
)

// keepCountsParams are the parameters of keep_counts.sql, restore_counts.sql and merge_counts.sql.
type keepCountsParams struct {
	UserID    id.ID     `db:"user_id"`
	NumberMAC []byte    `db:"number_mac"`
	FirstDay  time.Time `db:"first_day"`
}

func newKeepCountsParams(userID id.ID, k ports.KeepCounts) keepCountsParams {
	return keepCountsParams{UserID: userID, NumberMAC: k.Number[:], FirstDay: dateOf(k.FirstDay)}
}

// keepCountsQueries returns the statements that keep the counts of a user. The transaction that
// erases the account runs them first.
func keepCountsQueries(userID id.ID, k ports.KeepCounts) []query {
	return []query{
		{sql: lockAccount.sql, args: lockAccount.args(eraseParams{UserID: userID})},
		{sql: keepCounts.sql, args: keepCounts.args(newKeepCountsParams(userID, k))},
	}
}

// Restore implements ports.MessageCounts.
func (s MessageCounts) Restore(ctx context.Context, userID id.ID, k ports.KeepCounts) error {
	err := restoreCounts.exec(ctx, s.pool, newKeepCountsParams(userID, k))
	return wrap("restoring the counts of a number", err)
}
