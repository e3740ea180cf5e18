package postgres

import (
	"context"
	"time"

	"github.com/kuvaka-tech/parley/core/id"
	"github.com/kuvaka-tech/parley/core/session"
)

const (
	openSession = `INSERT INTO sessions (id, user_id, opened, expires) VALUES ($1, $2, $3, $4)`

	aliveSession = `SELECT expires FROM sessions WHERE id = $1 AND expires > $2`

	endSession = `DELETE FROM sessions WHERE id = $1`

	endSessions = `DELETE FROM sessions WHERE user_id = $1 AND id IS DISTINCT FROM nullif($2, '')::uuid`
)

// Open fails with user.ErrNotFound when there is no such user any more.
func (s Sessions) Open(ctx context.Context, opened session.Session) error {
	_, err := s.sql.ExecContext(ctx, openSession, opened.ID, opened.User, opened.Opened, opened.Expires)
	return failed("opening a session", err)
}

// Alive believes for a second what it has seen; see seen.
func (s Sessions) Alive(ctx context.Context, id id.ID, now time.Time) error {
	if err := ctx.Err(); err != nil {
		return failed("looking for a session", err)
	}
	alive, edition := s.seen.look(id, now)
	if alive {
		return nil
	}
	found := sighting{at: now}
	err := s.sql.GetContext(ctx, &found.expires, aliveSession, id, now)
	if err == nil {
		s.seen.keep(id, found, edition)
	}
	return missed("looking for a session", err, session.ErrBadToken)
}

func (s Sessions) End(ctx context.Context, id id.ID) error {
	_, err := s.sql.ExecContext(ctx, endSession, id)
	s.seen.forget()
	return failed("ending a session", err)
}

func (s Sessions) EndAll(ctx context.Context, user, keep id.ID) error {
	_, err := s.sql.ExecContext(ctx, endSessions, user, keep)
	s.seen.forget()
	return failed("ending a user's sessions", err)
}
