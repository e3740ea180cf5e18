package postgres

import (
	"context"
	"database/sql"
	"time"

	"github.com/kuvaka-tech/parley/core/chat"
	"github.com/kuvaka-tech/parley/core/id"
	"github.com/kuvaka-tech/parley/core/reply"
	"github.com/kuvaka-tech/parley/ports"
)

var finishReply = load[finishParams]("finish_reply.sql")

// finishParams are the parameters of finish_reply.sql.
type finishParams struct {
	ReplyID   id.ID        `db:"reply_id"`
	Fence     int64        `db:"fence"`
	Now       time.Time    `db:"now"`
	Status    chat.Status  `db:"status"`
	Content   string       `db:"content"`
	Error     string       `db:"error"`
	RetryAt   sql.NullTime `db:"retry_at"`
	NotCalled bool         `db:"not_called"`
	Refund    bool         `db:"refund"`
	TokensIn  int          `db:"tokens_in"`
	TokensOut int          `db:"tokens_out"`
}

// Finish implements ports.ReplyQueue. The first statement locks the turn of the user. The
// second one then sees all replies that were accepted before, so it finds the next reply of the
// room.
func (s ReplyQueue) Finish(
	ctx context.Context, replyID id.ID, fence int64, o reply.Outcome, now time.Time,
) (finished ports.Finished, err error) {
	args := finishReply.args(finishParams{
		ReplyID:   replyID,
		Fence:     fence,
		Now:       now,
		Status:    o.Status,
		Content:   o.Content,
		Error:     o.Error,
		RetryAt:   nullTime(o.RetryAt),
		NotCalled: o.NotCalled,
		Refund:    o.Refund,
		TokensIn:  o.Usage.In,
		TokensOut: o.Usage.Out,
	})
	lock := query{sql: lockTurnOfReply, args: []any{string(replyID)}}
	finish := query{sql: finishReply.sql, args: args, row: []any{&finished.Rev, &finished.Next}}
	if err := s.pool.pipeline(ctx, lock, finish); err != nil {
		return ports.Finished{}, s.claimError(ctx, claim{replyID, fence}, wrap("finishing a reply", err))
	}
	return finished, nil
}
