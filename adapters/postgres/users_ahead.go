package postgres

import (
	"context"
	"time"
)

var countUsersAhead = load[usersAheadParams]("users_ahead.sql")

// usersAheadParams are the parameters of users_ahead.sql.
type usersAheadParams struct {
	Now       time.Time `db:"now"`
	HeadStart int64     `db:"head_start"` // in microseconds
	Limit     int       `db:"limit"`
}

// UsersAhead implements ports.ReplyQueue.
func (s ReplyQueue) UsersAhead(
	ctx context.Context, now time.Time, headStart time.Duration, limit int,
) (n int, err error) {
	params := usersAheadParams{Now: now, HeadStart: headStart.Microseconds(), Limit: limit}
	err = countUsersAhead.get(ctx, s.messagePool, &n, params)
	return n, wrap("counting the users ahead", err)
}
