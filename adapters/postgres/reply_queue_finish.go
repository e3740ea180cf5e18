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

var (
	finishReply = load[finishParams]("finish_reply.sql")
	replyToWake = load[replyToWakeParams]("reply_to_wake.sql")
)

// finishParams are the parameters of finish_reply.sql.
type finishParams struct {
	ReplyID   id.ID        `db:"reply_id"`
	Fence     int64        `db:"fence"`
	Status    chat.Status  `db:"status"`
	Content   string       `db:"content"`
	Error     string       `db:"error"`
	RetryAt   sql.NullTime `db:"retry_at"`
	NotCalled bool         `db:"not_called"`
	Refund    bool         `db:"refund"`
	TokensIn  int          `db:"tokens_in"`
	TokensOut int          `db:"tokens_out"`
}

// replyToWakeParams are the parameters of reply_to_wake.sql.
type replyToWakeParams struct {
	RoomID id.ID     `db:"room_id"`
	Owner  id.ID     `db:"owner"`
	Now    time.Time `db:"now"`
}

// Finish implements ports.ReplyQueue. It finds the next reply with a second statement.
// That statement also sees replies that were added while the first one waited for the
// lock on the room. Finish ignores an error of the second statement: the outcome is
// already written, and a sweep finds the next reply.
func (s ReplyQueue) Finish(
	ctx context.Context, replyID id.ID, fence int64, o reply.Outcome, now time.Time,
) (ports.Finished, error) {
	var finished struct {
		Room  id.ID
		Rev   int64
		Owner id.ID
	}
	err := finishReply.get(ctx, s.pool, &finished, finishParams{
		ReplyID:   replyID,
		Fence:     fence,
		Status:    o.Status,
		Content:   o.Content,
		Error:     o.Error,
		RetryAt:   nullTime(o.RetryAt),
		NotCalled: o.NotCalled,
		Refund:    o.Refund,
		TokensIn:  o.Usage.In,
		TokensOut: o.Usage.Out,
	})
	if err != nil {
		return ports.Finished{}, s.claimError(ctx, replyID, wrap("finishing a reply", err))
	}
	var next id.ID
	_ = replyToWake.get(ctx, s.pool, &next, replyToWakeParams{RoomID: finished.Room, Owner: finished.Owner, Now: now})
	return ports.Finished{Rev: finished.Rev, Next: next}, nil
}
