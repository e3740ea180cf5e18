package postgres

import (
	"context"
	"database/sql"
	"sync"
	"time"

	"github.com/kuvaka-tech/parley/core/id"
)

const (
	// renewLease says that who runs has a lease, and nobody else does.
	renewLease = `UPDATE messages SET lease = $3 WHERE id = $1 AND fence = $2 AND lease IS NOT NULL`

	// renewLeases is renewLease for many. It passes over what another statement has
	// in hand, since it would come to the rows in another order than that one.
	renewLeases = `
		WITH held AS (
			SELECT m.id, a.until FROM unnest($1::uuid[], $2::bigint[], $3::timestamptz[]) AS a (id, fence, until) JOIN messages m ON m.id = a.id
			WHERE m.fence = a.fence AND m.lease IS NOT NULL FOR NO KEY UPDATE OF m SKIP LOCKED
		)
		UPDATE messages m SET lease = until FROM held WHERE m.id = held.id RETURNING m.id AS reply, m.fence`
)

// renewals are leases to be renewed. A worker has hundreds; those that are asked for
// while a statement is under way go together in the next, over a connection that
// nothing else waits for. A statement for each would, on a database that got
// slow, wait behind all others until the leases were over and the work was lost.
type renewals struct {
	mu      sync.Mutex
	busy    bool
	waiting []renewal
}

type renewal struct {
	claim
	until   time.Time
	renewed chan bool
}

type claim struct {
	Reply id.ID
	Fence int64
}

// Renew asks alone for what was not renewed together with others, to learn why.
func (s Work) Renew(ctx context.Context, reply id.ID, fence int64, now time.Time, lease time.Duration) error {
	if err := ctx.Err(); err != nil {
		return failed("renewing a lease", err)
	}
	r := renewal{claim{reply, fence}, now.Add(lease), make(chan bool, 1)}
	if s.renewals.join(r) {
		go s.renewAll()
	}
	select {
	case renewed := <-r.renewed:
		if renewed {
			return nil
		}
	case <-ctx.Done():
		return failed("renewing a lease", ctx.Err())
	}
	err := s.change(ctx, "renewing a lease", sql.ErrNoRows, renewLease, reply, fence, r.until)
	return s.held(ctx, reply, err)
}

// join says whether nobody renews.
func (all *renewals) join(r renewal) bool {
	all.mu.Lock()
	defer all.mu.Unlock()
	all.waiting = append(all.waiting, r)
	first := !all.busy
	all.busy = true
	return first
}

// take returns what waits. After nothing somebody else has to renew.
func (all *renewals) take() []renewal {
	all.mu.Lock()
	defer all.mu.Unlock()
	now := all.waiting
	all.waiting, all.busy = nil, len(now) > 0
	return now
}

func (s Work) renewAll() {
	for now := s.renewals.take(); len(now) > 0; now = s.renewals.take() {
		renewed := s.renew(now)
		for _, r := range now {
			r.renewed <- renewed[r.claim]
		}
	}
}

// renew returns the claims that it has prolonged, none when the statement fails.
func (s Work) renew(all []renewal) map[claim]bool {
	replies, fences, untils := make([]string, len(all)), make([]int64, len(all)), make([]time.Time, len(all))
	for i, r := range all {
		replies[i], fences[i], untils[i] = string(r.Reply), r.Fence, r.until
	}
	var found []claim
	_ = s.vital.SelectContext(context.Background(), &found, renewLeases, replies, fences, untils) // who is not found asks alone
	renewed := map[claim]bool{}
	for _, c := range found {
		renewed[c] = true
	}
	return renewed
}
