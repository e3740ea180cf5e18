package postgres

import (
	"context"
	"errors"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/kuvaka-tech/parley/ports"
)

// maxFinishes is the maximum number of outcomes that one transaction writes.
const maxFinishes = 64

var (
	finishReplies      = load[finishParams]("finish_replies.sql")
	lockTurnsOfReplies = load[lockRepliesParams]("lock_turns_of_replies.sql")
)

// lockRepliesParams are the parameters of lock_turns_of_replies.sql.
type lockRepliesParams struct {
	Replies []string `db:"replies"`
}

// finishParams are the parameters of finish_replies.sql.
type finishParams struct {
	Replies      []string     `db:"replies"`
	Fences       []int64      `db:"fences"`
	Times        []time.Time  `db:"times"`
	Statuses     []string     `db:"statuses"`
	Contents     []string     `db:"contents"`
	Errors       []string     `db:"errors"`
	Retries      []*time.Time `db:"retries"`
	NotCalled    []bool       `db:"not_called"`
	RefundLimits []int        `db:"refund_limits"`
	TokensIn     []int        `db:"tokens_in"`
	TokensOut    []int        `db:"tokens_out"`
}

// finishBatch writes outcomes. The result has a nil for each outcome that it has not written.
// This also applies to all outcomes of a batch that the database has rejected, because one of
// them may be the cause. finishBatch fails if it does not know whether the outcomes were written.
func (db *DB) finishBatch(ctx context.Context, finishes []finish) ([]*ports.Finished, error) {
	written := make([]*ports.Finished, len(finishes))
	write := finishQuery(finishes, func(n int, f ports.Finished) { written[n] = &f })
	lock := query{
		sql:  lockTurnsOfReplies.sql,
		args: lockTurnsOfReplies.args(lockRepliesParams{Replies: newFinishParams(finishes).Replies}),
	}
	err := db.messagePool.pipeline(ctx, limitLockWait(), lock, write)
	if rejected := new(pgconn.PgError); errors.As(err, &rejected) {
		return make([]*ports.Finished, len(finishes)), nil
	}
	return written, err
}

// finishQuery returns the statement. It calls each with the index of an outcome that was written.
func finishQuery(finishes []finish, each func(n int, f ports.Finished)) query {
	scan := func(row pgx.Row) error {
		var nth int
		var f ports.Finished
		err := row.Scan(&nth, &f.Rev, &f.Refunded, &f.Next)
		if err == nil {
			each(nth-1, f)
		}
		return err
	}
	return query{sql: finishReplies.sql, args: finishReplies.args(newFinishParams(finishes)), each: scan}
}

func newFinishParams(finishes []finish) (p finishParams) {
	for _, f := range finishes {
		p.Replies = append(p.Replies, string(f.ReplyID))
		p.Fences = append(p.Fences, f.Fence)
		p.Times = append(p.Times, f.now)
		p.Statuses = append(p.Statuses, string(f.outcome.Status))
		p.Contents = append(p.Contents, f.outcome.Content)
		p.Errors = append(p.Errors, f.outcome.Error)
		p.Retries = append(p.Retries, optional(f.outcome.RetryAt))
		p.NotCalled = append(p.NotCalled, f.outcome.NotCalled)
		p.RefundLimits = append(p.RefundLimits, int(f.outcome.RefundLimit))
		p.TokensIn = append(p.TokensIn, f.outcome.Usage.In)
		p.TokensOut = append(p.TokensOut, f.outcome.Usage.Out)
	}
	return p
}

// optional returns nil for the zero time.
func optional(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}
