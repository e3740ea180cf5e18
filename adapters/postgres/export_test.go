package postgres

import (
	"context"
	"database/sql"
	"math"
	"time"

	"github.com/kuvaka-tech/parley/core/chat"
	"github.com/kuvaka-tech/parley/core/id"
	"github.com/kuvaka-tech/parley/core/quota"
)

// Statement is one that runs often, or over much, with its arguments.
type Statement struct {
	Name, SQL string
	Args      []any
}

// Statements are those whose plans matter, for one message of a user.
func Statements(d chat.Draft, session id.ID) []Statement {
	now, next := d.Now, d.Now.Add(chat.Lease)
	keyed, values := draft(d)
	bare := d
	bare.Key = ""
	accept, less := draft(bare)
	return []Statement{
		{"accept", accept.sql, accept.args(less)},
		{"accept under a key", keyed.sql, keyed.args(values)},
		{"replay", acceptedBefore, []any{d.Prompt, d.User, date(quota.DayOf(now))}},
		{"rooms", listRooms, []any{d.User, 20}},
		{"rooms after", listRoomsAfter, []any{d.User, 20, now, d.Room}},
		{"room", getRoom, []any{d.User, d.Room}},
		{"message", getMessage, []any{d.User, d.Room, d.Reply}},
		{"newest page", newestMessages, []any{d.User, d.Room, int64(math.MaxInt64), 51}},
		{"page before", newestMessages, []any{d.User, d.Room, 3000, 51}},
		{"page after", changedMessages, []any{d.User, d.Room, 3000, 51}},
		{"spent", spentTokens, []any{date(quota.DayOf(now))}},
		{"used", usedUnits, []any{d.User, date(quota.DayOf(now))}},
		{"claim", claimReplies.sql, claimReplies.args(map[string]any{"now": now, "lease": next, "n": 1, "bound": 8, "window": 34, "aside": atOnce, "rank": time.Time{}, "last": nowhere})},
		{"renew", renewLease, []any{d.Reply, 1, next}},
		{"renew many", renewLeases, []any{"{" + string(d.Reply) + "}", "{1}", "{" + next.Format(time.RFC3339) + "}"}},
		{"finish", finishReply.sql, finishReply.args(map[string]any{"reply": d.Reply, "fence": 1, "status": "done", "content": "x", "error": "",
			"due": nil, "unasked": false, "refund": true, "tokens_in": 1, "tokens_out": 1})},
		{"next", nextReply, []any{d.Room, now, d.User}},
		{"depth", depth, []any{now}},
		{"session", aliveSessions, []any{"{" + string(session) + "}", now}},
		{"sessions of a user", endSessions, []any{d.User, session}},
		{"user", getUser, []any{d.User}},
		{"number", findUser, []any{"+99000000001"}},
		{"customer", findRecord, []any{"cus_1"}},
		{"due", dueRecords.sql, dueRecords.args(map[string]any{"now": now, "later": next, "n": 5})},
		{"delete a room", deleteRoom, []any{d.User, d.Room}},
		{"erase", eraseUser, []any{d.User}},
		{"purge", purge.sql, purge.args(purgeAt(now))},
	}
}

// Setting is how the server runs a connection of the pool.
func (db *DB) Setting(ctx context.Context, name string) (value string, err error) {
	err = db.sql.GetContext(ctx, &value, `SELECT current_setting($1)`, name)
	return value, err
}

// Occupy takes n connections of the pool until they are freed.
func (db *DB) Occupy(ctx context.Context, n int) (free func(), err error) {
	var taken []*sql.Conn
	free = func() {
		for _, c := range taken {
			_ = c.Close()
		}
	}
	for range n {
		c, err := db.sql.Conn(ctx)
		if err != nil {
			free()
			return nil, err
		}
		taken = append(taken, c)
	}
	return free, nil
}

// Hasten gives every statement less time.
func (db *DB) Hasten(within time.Duration) { db.sql.within, db.vital.within = within, within }

// Told is how the failure of a statement with a time of its own is told.
func Told(ctx context.Context, within time.Duration, do func(ctx context.Context) error) error {
	return failed("testing", (&bounded{within: within}).in(ctx, do))
}
