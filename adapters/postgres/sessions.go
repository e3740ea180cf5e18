package postgres

import (
	"context"
	"time"

	"github.com/kuvaka-tech/parley/core/id"
	"github.com/kuvaka-tech/parley/core/session"
)

const (
	openSession = `INSERT INTO sessions (id, user_id, opened, expires) VALUES ($1, $2, $3, $4)`

	aliveSession = `SELECT true FROM sessions WHERE id = $1 AND expires > $2`

	endSession = `DELETE FROM sessions WHERE id = $1`

	endSessions = `DELETE FROM sessions WHERE user_id = $1 AND id IS DISTINCT FROM nullif($2, '')::uuid`
)

// Open fails with user.ErrNotFound when there is no such user any more.
func (s Sessions) Open(ctx context.Context, opened session.Session) error {
	_, err := s.sql.ExecContext(ctx, openSession, opened.ID, opened.User, opened.Opened, opened.Expires)
	return failed("opening a session", err)
}

func (s Sessions) Alive(ctx context.Context, id id.ID, now time.Time) error {
	var alive bool
	err := s.sql.GetContext(ctx, &alive, aliveSession, id, now)
	return missed("looking for a session", err, session.ErrBadToken)
}

func (s Sessions) End(ctx context.Context, id id.ID) error {
	_, err := s.sql.ExecContext(ctx, endSession, id)
	return failed("ending a session", err)
}

func (s Sessions) EndAll(ctx context.Context, user, keep id.ID) error {
	_, err := s.sql.ExecContext(ctx, endSessions, user, keep)
	return failed("ending a user's sessions", err)
}
