package postgres

import (
	"context"
	"errors"
	"time"

	"github.com/kuvaka-tech/parley/core/id"
	"github.com/kuvaka-tech/parley/ports"
)

const (
	// renewLease renews one lease. The lease is NULL if the reply is not running.
	renewLease = `
		UPDATE messages SET lease = $3
		WHERE id = $1 AND fence = $2 AND lease > $4 AND NOT cancelling`

	// renewLeases renews many leases. It skips locked rows: it locks rows in any order,
	// so waiting for a row could cause a deadlock.
	renewLeases = `
		WITH held AS (
			SELECT m.id, a.expires
			FROM unnest($1::uuid[], $2::bigint[], $3::timestamptz[], $4::timestamptz[]) AS a (id, fence, expires, now)
			JOIN messages m ON m.id = a.id
			WHERE m.fence = a.fence AND m.lease > a.now AND NOT m.cancelling
			FOR NO KEY UPDATE OF m SKIP LOCKED
		)
		UPDATE messages m SET lease = held.expires
		FROM held
		WHERE m.id = held.id
		RETURNING m.id AS reply_id, m.fence`

	// maxRenewals is the maximum number of leases that one statement renews.
	maxRenewals = 1000
)

// renewal is a lease to renew.
type renewal struct {
	claim
	now     time.Time
	expires time.Time // the new end of the lease
}

// claim identifies one claim of a reply.
type claim struct {
	ReplyID id.ID `db:"reply_id"`
	Fence   int64
}

// Renew implements ports.ReplyQueue. Concurrent renewals share one statement,
// because a worker has hundreds of leases. On a slow database, hundreds of statements
// would wait for a connection until their leases expire.
//
// If the shared statement skips the lease, is rejected, or finds no claim or a cancelled one,
// Renew runs a second statement for this lease alone, on DB.messagePool. It waits for the row's
// lock and finds out why the lease cannot be renewed. If the database is unavailable or the table
// is locked, Renew fails: second statements for all leases would only wait, too.
func (s ReplyQueue) Renew(ctx context.Context, replyID id.ID, fence int64, now time.Time, lease time.Duration) error {
	const operation = "renewing a lease"
	expires := now.Add(lease)
	renewed, err := s.renewals.Do(ctx, renewal{claim: claim{replyID, fence}, now: now, expires: expires})
	if err == nil && renewed {
		return nil
	}
	if ctx.Err() != nil {
		return wrap(operation, ctx.Err())
	}
	if errors.Is(err, ports.ErrUnavailable) {
		return wrap(operation, err)
	}
	err = changeRow(ctx, s.messagePool, renewLease, replyID, fence, expires, now)
	return s.claimError(ctx, claim{replyID, fence}, wrap(operation, err))
}

// renewBatch renews leases and reports for each one whether it was renewed.
func (db *DB) renewBatch(ctx context.Context, renewals []renewal) ([]bool, error) {
	n := len(renewals)
	replies, fences := make([]string, n), make([]int64, n)
	expires, nows := make([]time.Time, n), make([]time.Time, n)
	for i, r := range renewals {
		replies[i], fences[i] = string(r.ReplyID), r.Fence
		expires[i], nows[i] = r.expires, r.now
	}
	var rows []claim
	err := db.leasePool.SelectContext(ctx, &rows, renewLeases, replies, fences, expires, nows)
	if err != nil {
		return nil, err
	}
	isRenewed := map[claim]bool{}
	for _, c := range rows {
		isRenewed[c] = true
	}
	renewed := make([]bool, n)
	for i, r := range renewals {
		renewed[i] = isRenewed[r.claim]
	}
	return renewed, nil
}
