package postgres

import (
	"context"
	"database/sql"
	"errors"
	"math"
	"time"

	"github.com/kuvaka-tech/parley/core/chat"
	"github.com/kuvaka-tech/parley/core/id"
	"github.com/kuvaka-tech/parley/core/reply"
)

var claimReplies = load[claimParams]("claim_replies.sql")

const (
	// maxEmptyClaims is how many statements of one Claim may find no reply.
	maxEmptyClaims = 5
	// maxClaimTime is how long a Claim may repeat its statement. The leases of the first replies
	// already run, and on a slow database they would expire before Claim returns.
	maxClaimTime = time.Second
)

// claimParams are the parameters of claim_replies.sql.
type claimParams struct {
	Now        time.Time   `db:"now"`
	LeaseEnd   time.Time   `db:"lease_end"`
	Limit      int         `db:"limit"`
	PerUser    int         `db:"per_user"`
	HeadStarts []int64     `db:"head_starts"`
	Served     []bool      `db:"served"`
	Floors     []time.Time `db:"floors"`
}

// claimRow describes a claimed reply with its prompt.
type claimRow struct {
	Reply      id.ID
	User       id.ID
	Fence      int64
	RoomRev    int64 `db:"room_rev"`
	Errors     int
	Crashes    int
	FirstClaim time.Time `db:"first_claim"`
	Cancelling bool
	chat.Message
	Revised sql.NullTime // replaces the field of the message, because the column may be NULL
}

// Claim implements ports.ReplyQueue. One statement claims at most one reply of each user, so
// Claim repeats it, for at most maxClaimTime. After a statement that found no reply, Claim
// refreshes the queue. If a later statement fails, Claim returns the replies that it has.
func (s ReplyQueue) Claim(
	ctx context.Context, now time.Time, lease time.Duration, n, perUser int,
) (tasks []reply.Task, err error) {
	if perUser == 0 {
		perUser = math.MaxInt32
	}
	params := claimParams{Now: now, LeaseEnd: now.Add(lease), PerUser: perUser}
	if err := s.repairIfOld(ctx, now); err != nil {
		return nil, wrap("repairing the queue", err)
	}
	more, err := s.refreshIfOld(ctx, now)
	began, empty := time.Now(), 0
	for more && err == nil && len(tasks) < n && empty < maxEmptyClaims && time.Since(began) < maxClaimTime {
		params.Limit = n - len(tasks)
		var claimed []reply.Task
		claimed, err = s.claim(ctx, params)
		tasks = append(tasks, claimed...)
		if err == nil && len(claimed) == 0 {
			empty++
			more, err = s.refreshAfterNone(ctx, now, empty)
		}
	}
	if len(tasks) > 0 {
		return tasks, nil
	}
	return nil, wrap("claiming replies", err)
}

// claim claims at most one reply of each user. It claims none if the previous version of the
// program has claimed a reply of one of the rooms at the same time.
func (s ReplyQueue) claim(ctx context.Context, p claimParams) (tasks []reply.Task, err error) {
	s.turnClasses.fill(&p)
	var rows []claimRow
	err = translate(claimReplies.selectAll(ctx, s.leasePool, &rows, p))
	if errors.Is(err, errRoomBusy) {
		return nil, nil
	}
	for _, row := range rows {
		tasks = append(tasks, row.task())
	}
	return tasks, err
}

func (row claimRow) task() reply.Task {
	prompt := row.Message
	prompt.Revised = row.Revised.Time
	return reply.Task{
		Reply:      row.Reply,
		Room:       row.Room,
		User:       row.User,
		Prompt:     prompt,
		Fence:      row.Fence,
		Rev:        row.RoomRev,
		Errors:     row.Errors,
		Crashes:    row.Crashes,
		FirstClaim: row.FirstClaim,
		Cancelling: row.Cancelling,
	}
}
