package postgres

import (
	"context"
	"time"

	"github.com/kuvaka-tech/parley/core/id"
	"github.com/kuvaka-tech/parley/core/session"
)

const (
	openSession = `INSERT INTO sessions (id, user_id, opened, expires) VALUES ($1, $2, $3, $4)`

	aliveSessions = `SELECT id::text, expires FROM sessions WHERE id = ANY ($1::uuid[]) AND expires > $2`

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
	alive, ask, edition := s.seen.look(id, now)
	if alive {
		return nil
	}
	found, err := s.find(ctx, ask, now)
	if err != nil {
		return err
	}
	s.seen.keep(ask, found, edition)
	if found[id] == nil {
		return failed("looking for a session", session.ErrBadToken)
	}
	return nil
}

func (s Sessions) find(ctx context.Context, ask []id.ID, now time.Time) (map[id.ID]*sighting, error) {
	var rows []struct {
		ID      id.ID
		Expires time.Time
	}
	if err := s.sql.SelectContext(ctx, &rows, aliveSessions, ask, now); err != nil {
		return nil, failed("looking for sessions", err)
	}
	found := map[id.ID]*sighting{}
	for _, row := range rows {
		found[row.ID] = &sighting{at: now, expires: row.Expires, used: now}
	}
	return found, nil
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
