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
func (s Sessions) Alive(ctx context.Context, wanted id.ID, now time.Time) error {
	if err := ctx.Err(); err != nil {
		return failed("looking for a session", err)
	}
	alive, l, leads := s.seen.look(wanted, now)
	if alive {
		return nil
	}
	var found map[id.ID]*sighting
	var err error
	if leads {
		found, err = s.lead(ctx, l, now)
	} else {
		found, err = s.join(ctx, l, wanted, now)
	}
	if err != nil {
		return err
	}
	if sight := found[wanted]; sight == nil || !now.Before(sight.expires) {
		return failed("looking for a session", session.ErrBadToken)
	}
	return nil
}

// lead does the look. Its failing because the caller left is nobody else's failure.
func (s Sessions) lead(ctx context.Context, l *look, now time.Time) (found map[id.ID]*sighting, err error) {
	defer func() {
		told := err
		if ctx.Err() != nil {
			told = nil
		}
		s.seen.keep(l, found, told)
	}()
	return s.find(ctx, l.ask, now)
}

// join waits for the look of another, and does its own when that one left.
func (s Sessions) join(ctx context.Context, l *look, wanted id.ID, now time.Time) (map[id.ID]*sighting, error) {
	select {
	case <-l.over:
	case <-ctx.Done():
		return nil, failed("looking for a session", ctx.Err())
	}
	if l.found == nil && l.err == nil {
		return s.find(ctx, []id.ID{wanted}, now)
	}
	return l.found, l.err
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
