package postgres

import (
	"context"
	"database/sql"
	"time"

	"github.com/jmoiron/sqlx"

	"github.com/kuvaka-tech/parley/core/chat"
	"github.com/kuvaka-tech/parley/core/id"
	"github.com/kuvaka-tech/parley/core/quota"
	"github.com/kuvaka-tech/parley/core/reply"
)

const (
	// lockRoomOfUser locks the user before the turn and the room, like accept_messages.sql. The
	// conditions compare with parameters, so that the plan uses the primary keys.
	lockRoomOfUser = `
		SELECT r.id, r.owner, r.rev, r.updated, u.pro_until, t.unfinished - t.running AS queued
		FROM users u JOIN turns t ON t.owner = u.id JOIN rooms r ON r.owner = u.id
		WHERE u.id = $1 AND t.owner = $1 AND r.id = $2
		FOR KEY SHARE OF u FOR NO KEY UPDATE OF t FOR NO KEY UPDATE OF r`

	replyColumns = messageColumns + `,
		m.due, m.rank, m.fence, m.lease, m.first_claim, m.errors, m.crashes, m.day, m.unit, m.cancelling`

	lockMessage = `
		SELECT ` + replyColumns + ` FROM messages m WHERE m.id = $2 AND m.room = $1 FOR NO KEY UPDATE`

	lockLastReply = `
		SELECT ` + replyColumns + ` FROM messages m WHERE m.room = $1 AND m.in_reply_to IS NOT NULL
		ORDER BY m.born DESC LIMIT 1 FOR NO KEY UPDATE`
)

var saveReply = load[saveReplyParams]("save_reply.sql")

// lockedRoom is a room whose row a transaction has locked, together with the turn of its owner.
// The locks serialize all changes of the room, of the revisions of its messages, and of the
// owner's heads.
type lockedRoom struct {
	ID       id.ID
	Owner    id.ID
	Rev      int64
	Updated  time.Time
	ProUntil sql.NullTime `db:"pro_until"` // of the owner
	Queued   int          // replies of the owner
}

// changeRoom runs f in a transaction that may wait for the locks of a user's rows.
func (db *DB) changeRoom(
	ctx context.Context, owner id.ID, f func(ctx context.Context, tx *sqlx.Tx) error,
) error {
	return db.locks.do(ctx, owner, func() error { return db.messagePool.transaction(ctx, f) })
}

// lockRoom locks a user, the user's turn and a room of the user. It fails with
// chat.ErrNotFound.
func lockRoom(ctx context.Context, tx *sqlx.Tx, owner, roomID id.ID) (r lockedRoom, err error) {
	err = withTurn(ctx, tx, owner, func() error { return tx.GetContext(ctx, &r, lockRoomOfUser, owner, roomID) })
	return r, replaceNoRows(err, chat.ErrNotFound)
}

// nextRev increments the revision and returns it. saveReply stores it.
func (r *lockedRoom) nextRev() int64 {
	r.Rev++
	return r.Rev
}

// lockMessage locks and returns a message of the room. It fails with chat.ErrNotFound.
func (r *lockedRoom) lockMessage(ctx context.Context, tx *sqlx.Tx, messageID id.ID) (reply.Reply, error) {
	var row replyRow
	err := tx.GetContext(ctx, &row, lockMessage, r.ID, messageID)
	return row.reply(), replaceNoRows(err, chat.ErrNotFound)
}

// lockLastReply locks and returns the last reply of the room. It fails with
// reply.ErrNotRetryable when the room has none.
func (r *lockedRoom) lockLastReply(ctx context.Context, tx *sqlx.Tx) (reply.Reply, error) {
	var row replyRow
	err := tx.GetContext(ctx, &row, lockLastReply, r.ID)
	return row.reply(), replaceNoRows(err, reply.ErrNotRetryable)
}

// replyRow is a row of the table messages.
type replyRow struct {
	chat.Message
	Due        sql.NullTime
	Rank       sql.NullTime
	Fence      int64
	Lease      sql.NullTime
	FirstClaim sql.NullTime `db:"first_claim"`
	Errors     int
	Crashes    int
	Day        sql.NullTime
	Unit       bool
	Cancelling bool
}

// reply returns the reply of the row, without its User. For a prompt, only the
// chat.Message is valid.
func (r replyRow) reply() reply.Reply {
	return reply.Reply{
		Message:      r.Message,
		Due:          r.Due.Time,
		Rank:         r.Rank.Time,
		Fence:        r.Fence,
		LeaseExpires: r.Lease.Time,
		FirstClaim:   r.FirstClaim.Time,
		Errors:       r.Errors,
		Crashes:      r.Crashes,
		Day:          quota.DayOf(r.Day.Time),
		HoldsUnit:    r.Unit,
		Cancelling:   r.Cancelling,
	}
}

// saveReplyParams are the parameters of save_reply.sql.
type saveReplyParams struct {
	ReplyID    id.ID        `db:"reply_id"`
	RoomID     id.ID        `db:"room_id"`
	Updated    time.Time    `db:"updated"`
	Status     chat.Status  `db:"status"`
	Content    string       `db:"content"`
	Error      string       `db:"error"`
	Revised    sql.NullTime `db:"revised"`
	Versions   int          `db:"versions"`
	Rev        int64        `db:"rev"`
	Due        time.Time    `db:"due"`
	Rank       time.Time    `db:"rank"`
	FirstClaim sql.NullTime `db:"first_claim"`
	Errors     int          `db:"errors"`
	Crashes    int          `db:"crashes"`
	Day        time.Time    `db:"day"`
	Unit       bool         `db:"unit"`
	OldText    string       `db:"old_text"`
	OldStatus  chat.Status  `db:"old_status"`
	OldCreated time.Time    `db:"old_created"`
}

// saveReply writes a reply that is not running, its replaced text unless that is "", and
// the room. The revision of the reply must be that of the room.
func (r *lockedRoom) saveReply(ctx context.Context, tx *sqlx.Tx, changed reply.Reply, old chat.Version) error {
	return saveReply.exec(ctx, tx, saveReplyParams{
		ReplyID:    changed.ID,
		RoomID:     r.ID,
		Updated:    r.Updated,
		Status:     changed.Status,
		Content:    changed.Content,
		Error:      changed.Error,
		Revised:    nullTime(changed.Revised),
		Versions:   changed.Versions,
		Rev:        changed.Rev,
		Due:        changed.Due,
		Rank:       changed.Rank,
		FirstClaim: nullTime(changed.FirstClaim),
		Errors:     changed.Errors,
		Crashes:    changed.Crashes,
		Day:        dateOf(changed.Day),
		Unit:       changed.HoldsUnit,
		OldText:    old.Content,
		OldStatus:  old.Status,
		OldCreated: old.Created,
	})
}
