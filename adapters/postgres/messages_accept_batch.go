package postgres

import (
	"context"
	"errors"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/kuvaka-tech/parley/core/chat"
	"github.com/kuvaka-tech/parley/core/id"
	"github.com/kuvaka-tech/parley/core/quota"
)

// maxAccepts is the maximum number of messages that one transaction accepts.
const maxAccepts = 64

// maxSlowBatches is how many batches of accepts, and how many of finishes, may wait for the database
// while the next ones begin. Each waits on its own connection, for example because that connection
// is dead.
const maxSlowBatches = 2

var (
	acceptMessages = load[acceptParams]("accept_messages.sql")
	lockTurns      = load[lockTurnsParams]("lock_turns.sql")
	lockSender     = load[lockSenderParams]("lock_sender.sql")
)

// acceptParams are the parameters of accept_messages.sql. The slices have an element for each message.
type acceptParams struct {
	Users      []string    `db:"users"`
	Rooms      []string    `db:"rooms"`
	Prompts    []string    `db:"prompts"`
	Replies    []string    `db:"replies"`
	Texts      []string    `db:"texts"`
	Times      []time.Time `db:"times"`
	Keys       []string    `db:"keys"`
	Hashes     [][]byte    `db:"hashes"`
	Overloaded []bool      `db:"overloaded"`
	acceptLimits
}

// acceptLimits are the parameters that all messages of accept_messages.sql have in common.
type acceptLimits struct {
	Day        time.Time   `db:"day"`
	ExpiredAt  time.Time   `db:"expired_at"`
	BasicLimit quota.Limit `db:"basic_limit"`
	BasicStart int64       `db:"basic_head_start"` // in microseconds
	ProLimit   quota.Limit `db:"pro_limit"`
	ProStart   int64       `db:"pro_head_start"` // in microseconds
	MaxQueued  int         `db:"max_queued"`
}

// lockTurnsParams are the parameters of lock_turns.sql.
type lockTurnsParams struct {
	Owners []string `db:"owners"`
}

// lockSenderParams are the parameters of lock_sender.sql.
type lockSenderParams struct {
	Owner  id.ID `db:"owner"`
	RoomID id.ID `db:"room_id"`
}

// acceptRow is a row that accept_messages.sql returns.
type acceptRow struct {
	accepted    bool
	roomRev     int64
	dailyLimit  quota.Limit
	used        int
	isFull      bool
	firstHash   []byte
	firstPrompt string
}

// acceptAlone waits for the locks of the user and the room, and accepts one message or finds out
// why it cannot be accepted. It fails with chat.ErrNotFound, or with an error of isBusy.
func (db *DB) acceptAlone(ctx context.Context, d chat.Draft) (row *acceptRow, err error) {
	params, _ := newAcceptParams([]chat.Draft{d})
	var locked string
	lock := query{
		sql:  lockSender.sql,
		args: lockSender.args(lockSenderParams{Owner: d.User, RoomID: d.Room}),
		row:  []any{&locked},
	}
	accept := params.query(func(_ int, found *acceptRow) { row = found })
	err = db.locks.do(ctx, d.User, func() error {
		return db.withTurn(ctx, d.User, func() error { return db.messagePool.pipeline(ctx, lock, accept) })
	})
	return row, translate(replaceNoRows(err, chat.ErrNotFound))
}

// acceptBatch accepts messages. The result has a nil for each message that must be accepted
// alone: another transaction has locked its rows, or they do not exist. This also applies to all
// messages of a batch that the database has rejected, because one of them may be the cause.
// acceptBatch fails if it does not know whether the messages were accepted.
func (db *DB) acceptBatch(ctx context.Context, drafts []chat.Draft) ([]*acceptRow, error) {
	rows := make([]*acceptRow, len(drafts))
	params, places := newAcceptParams(drafts)
	lock := query{sql: lockTurns.sql, args: lockTurns.args(lockTurnsParams{Owners: params.Users})}
	accept := params.query(func(n int, row *acceptRow) { rows[places[n]] = row })
	err := db.messagePool.pipeline(ctx, limitLockWait(), lock, accept)
	if rejected := new(pgconn.PgError); errors.As(err, &rejected) {
		return make([]*acceptRow, len(drafts)), nil
	}
	return rows, err
}

// query returns the statement. It calls each with the index of a message and its row.
func (p *acceptParams) query(each func(n int, row *acceptRow)) query {
	return query{sql: acceptMessages.sql, args: acceptMessages.args(*p), each: func(columns pgx.Row) error {
		var nth int
		r := &acceptRow{}
		err := columns.Scan(&nth, &r.accepted, &r.roomRev, &r.dailyLimit, &r.used, &r.isFull, &r.firstHash,
			&r.firstPrompt)
		if err == nil {
			each(nth-1, r)
		}
		return err
	}}
}

// newAcceptParams returns the parameters for the drafts that can be in one batch: those with the
// same limits and the same day as the first one, and without a key that an earlier draft has.
// The nth message of the batch is that of drafts[places[n]].
func newAcceptParams(drafts []chat.Draft) (p acceptParams, places []int) {
	p.acceptLimits = newAcceptLimits(drafts[0])
	seen := map[userKey]bool{}
	for i, d := range drafts {
		limits, key := newAcceptLimits(d), userKey{d.User, d.Key}
		limits.ExpiredAt = p.ExpiredAt
		if seen[key] || limits != p.acceptLimits {
			continue
		}
		seen[key] = d.Key != ""
		places = append(places, i)
		p.add(d)
	}
	return p, places
}

// add adds a message to the batch.
func (p *acceptParams) add(d chat.Draft) {
	p.Users = append(p.Users, string(d.User))
	p.Rooms = append(p.Rooms, string(d.Room))
	p.Prompts = append(p.Prompts, string(d.Prompt))
	p.Replies = append(p.Replies, string(d.Reply))
	p.Texts = append(p.Texts, d.Text)
	p.Times = append(p.Times, d.Now)
	p.Keys = append(p.Keys, d.Key)
	p.Hashes = append(p.Hashes, d.RequestHash[:])
	p.Overloaded = append(p.Overloaded, d.Overloaded)
}

func newAcceptLimits(d chat.Draft) acceptLimits {
	return acceptLimits{
		Day:        dateOf(quota.DayOf(d.Now)),
		ExpiredAt:  d.Now.Add(-chat.IdempotencyKeyTTL),
		BasicLimit: d.Basic.Limit,
		BasicStart: d.Basic.HeadStart.Microseconds(),
		ProLimit:   d.Pro.Limit,
		ProStart:   d.Pro.HeadStart.Microseconds(),
		MaxQueued:  d.MaxQueued,
	}
}
