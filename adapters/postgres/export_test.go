package postgres

import (
	"context"
	"database/sql"
	"math"
	"time"

	"github.com/kuvaka-tech/parley/core/chat"
	"github.com/kuvaka-tech/parley/core/id"
	"github.com/kuvaka-tech/parley/core/quota"
	"github.com/kuvaka-tech/parley/core/reply"
)

// Statement is a statement of this package with its arguments.
type Statement struct {
	Name string
	SQL  string
	Args []any
}

// Statements returns the statements that run often or read large tables, with
// arguments for one message and one session of a user.
func Statements(d chat.Draft, sessionID id.ID) []Statement {
	now := d.Now
	leaseEnd := d.Now.Add(reply.Lease)
	today := dateOf(quota.DayOf(now))
	return []Statement{
		bind("accept", acceptMessage, newAcceptParams(d)),
		bind("accept with key", acceptMessageWithKey, newAcceptKeyParams(d)),
		bind("first use of a key", findFirstUse, firstUseParams{PromptID: d.Prompt, UserID: d.User, Day: today}),
		{"list rooms", listRooms, []any{d.User, 20}},
		{"list rooms after", listRoomsAfter, []any{d.User, 20, now, d.Room}},
		{"get room", getRoom, []any{d.User, d.Room}},
		{"get message", getMessage, []any{d.User, d.Room, d.Reply}},
		bind("newest messages", newestMessages, pageOf(d, math.MaxInt64)),
		bind("messages before", newestMessages, pageOf(d, 3000)),
		bind("messages after", changedMessages, pageOf(d, 3000)),
		{"total of tokens", totalTokens, []any{today}},
		{"count messages", countMessages, []any{d.User, today}},
		bind("claim", claimReplies, claimParams{
			Now:         now,
			LeaseEnd:    leaseEnd,
			Limit:       1,
			PerUser:     8,
			Window:      34,
			MaxDeferred: maxDeferred,
			AfterID:     zeroID,
		}),
		{"renew", renewLease, []any{d.Reply, 1, leaseEnd}},
		{"renew many", renewLeases, []any{array(string(d.Reply)), array("1"), array(leaseEnd.Format(time.RFC3339))}},
		bind("finish", finishReply, finishParams{
			ReplyID:   d.Reply,
			Fence:     1,
			Status:    chat.Done,
			Content:   "x",
			Refund:    true,
			TokensIn:  1,
			TokensOut: 1,
		}),
		bind("reply to wake", replyToWake, replyToWakeParams{RoomID: d.Room, Owner: d.User, Now: now}),
		{"queue depth", queueDepth, []any{now}},
		{"find sessions", findAliveSessions, []any{array(string(sessionID)), now}},
		{"end sessions", endSessions, []any{d.User, sessionID}},
		{"get user", getUser, []any{d.User}},
		{"find user", findUser, []any{"+99000000001"}},
		{"find subscription", findSubscription, []any{"cus_1"}},
		bind("take due subscriptions", takeDueSubscriptions, takeDueParams{Now: now, Later: leaseEnd, Limit: 5}),
		{"delete room", deleteRoom, []any{d.User, d.Room}},
		bind("erase user", eraseUser, eraseParams{UserID: d.User}),
		bind("purge", purge, newPurgeParams(now)),
	}
}

func bind[P any](name string, s statement[P], params P) Statement {
	return Statement{Name: name, SQL: s.sql, Args: s.args(params)}
}

func pageOf(d chat.Draft, revision int64) pageParams {
	return pageParams{Owner: d.User, RoomID: d.Room, Revision: revision, Limit: 51}
}

// array returns an array literal of PostgreSQL with one element.
func array(element string) string { return "{" + element + "}" }

// Setting returns a server parameter of the pool's connections.
func (db *DB) Setting(ctx context.Context, name string) (value string, err error) {
	err = db.pool.GetContext(ctx, &value, `SELECT current_setting($1)`, name)
	return value, err
}

// Occupy takes n connections of the pool until free is called.
func (db *DB) Occupy(ctx context.Context, n int) (free func(), err error) {
	var taken []*sql.Conn
	free = func() {
		for _, conn := range taken {
			_ = conn.Close()
		}
	}
	for range n {
		conn, err := db.pool.Conn(ctx)
		if err != nil {
			free()
			return nil, err
		}
		taken = append(taken, conn)
	}
	return free, nil
}

// SetTimeout replaces the timeout of all statements.
func (db *DB) SetTimeout(timeout time.Duration) {
	db.pool.timeout = timeout
	db.leasePool.timeout = timeout
}

// LimitAndWrap returns the error of a statement as callers of the package get it.
func LimitAndWrap(ctx context.Context, timeout time.Duration, statement func(ctx context.Context) error) error {
	return wrap("testing", (&pool{timeout: timeout}).withTimeout(ctx, statement))
}

// ConnectTimeout returns the connect timeout for a URL.
func ConnectTimeout(rawURL string) (time.Duration, error) {
	config, err := parseURL(rawURL)
	if err != nil {
		return 0, err
	}
	return config.ConnConfig.ConnectTimeout, nil
}
