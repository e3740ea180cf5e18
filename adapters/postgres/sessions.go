package postgres

import (
	"context"
	"time"

	"github.com/kuvaka-tech/parley/core/id"
	"github.com/kuvaka-tech/parley/core/session"
	"github.com/kuvaka-tech/parley/core/user"
)

const (
	// openSession locks the user before the device, as the deletion of an account does.
	openSession = `
		WITH account AS (
			SELECT id FROM users WHERE id = $2 FOR KEY SHARE
		), opened AS (
			INSERT INTO sessions (id, user_id, opened, expires) SELECT $1, id, $3, $4 FROM account RETURNING id, user_id
		)
		INSERT INTO devices (id, user_id, session_id, expires) SELECT $5, user_id, id, $6 FROM opened
		ON CONFLICT ON CONSTRAINT devices_pkey DO UPDATE
			SET user_id = excluded.user_id, session_id = excluded.session_id, expires = excluded.expires`

	findAliveSessions = `SELECT id::text, expires FROM sessions WHERE id = ANY ($1::uuid[]) AND expires > $2`

	endSession = `
		WITH forgotten AS (DELETE FROM devices WHERE session_id = $1)
		DELETE FROM sessions WHERE id = $1`

	endSessions = `
		WITH forgotten AS (
			DELETE FROM devices WHERE user_id = $1 AND session_id IS DISTINCT FROM nullif($2, '')::uuid
		)
		DELETE FROM sessions WHERE user_id = $1 AND id IS DISTINCT FROM nullif($2, '')::uuid`
)

// Open implements ports.Sessions.
func (s Sessions) Open(ctx context.Context, opened session.Session, d session.DeviceID) error {
	err := changeRow(ctx, s.pool, openSession,
		opened.ID, opened.User, opened.Opened, opened.Expires, d, opened.Opened.Add(session.DeviceTTL))
	return wrapNotFound("opening a session", err, user.ErrNotFound)
}

// Alive implements ports.Sessions. It queries the database only if the session cache
// does not know that the session is alive.
func (s Sessions) Alive(ctx context.Context, sessionID id.ID, now time.Time) error {
	if err := ctx.Err(); err != nil {
		return wrap("checking a session", err)
	}
	alive, lookup, leads := s.sessionCache.check(sessionID, now)
	if alive {
		return nil
	}
	var found map[id.ID]*cachedSession
	var err error
	if leads {
		found, err = s.runLookup(ctx, lookup, now)
	} else {
		found, err = s.awaitLookup(ctx, lookup, sessionID, now)
	}
	if err != nil {
		return err
	}
	cached := found[sessionID]
	if cached == nil || !now.Before(cached.expires) {
		return wrap("checking a session", session.ErrBadToken)
	}
	return nil
}

// runLookup runs the query of a lookup and finishes the lookup. If the ctx of this
// caller ends, the waiting callers do not get its error: each runs its own query.
func (s Sessions) runLookup(
	ctx context.Context, l *sessionLookup, now time.Time,
) (found map[id.ID]*cachedSession, err error) {
	defer func() {
		sharedErr := err
		if ctx.Err() != nil {
			sharedErr = nil
		}
		s.sessionCache.finish(l, found, sharedErr)
	}()
	return s.find(ctx, l.sessionIDs, now)
}

// awaitLookup waits for the result of another caller's lookup. If that caller has
// cancelled the lookup, awaitLookup queries the session itself.
func (s Sessions) awaitLookup(
	ctx context.Context, l *sessionLookup, sessionID id.ID, now time.Time,
) (map[id.ID]*cachedSession, error) {
	select {
	case <-l.done:
	case <-ctx.Done():
		return nil, wrap("checking a session", ctx.Err())
	}
	if l.found == nil && l.err == nil {
		return s.find(ctx, []id.ID{sessionID}, now)
	}
	return l.found, l.err
}

// find queries the sessions and returns those that are alive, by id.
func (s Sessions) find(ctx context.Context, sessionIDs []id.ID, now time.Time) (map[id.ID]*cachedSession, error) {
	var rows []struct {
		ID      id.ID
		Expires time.Time
	}
	if err := s.pool.SelectContext(ctx, &rows, findAliveSessions, sessionIDs, now); err != nil {
		return nil, wrap("reading sessions", err)
	}
	found := map[id.ID]*cachedSession{}
	for _, row := range rows {
		found[row.ID] = &cachedSession{readAt: now, expires: row.Expires, lastUsed: now}
	}
	return found, nil
}

// End implements ports.Sessions.
func (s Sessions) End(ctx context.Context, sessionID id.ID) error {
	_, err := s.pool.ExecContext(ctx, endSession, sessionID)
	s.sessionCache.invalidate()
	return wrap("ending a session", err)
}

// EndAll implements ports.Sessions.
func (s Sessions) EndAll(ctx context.Context, userID, except id.ID) error {
	_, err := s.pool.ExecContext(ctx, endSessions, userID, except)
	s.sessionCache.invalidate()
	return wrap("ending a user's sessions", err)
}

// EndEvery implements ports.Sessions. It empties each table in a statement of its own. One statement
// for both could deadlock with others, which lock the tables in any order.
func (s Sessions) EndEvery(ctx context.Context) error {
	defer s.sessionCache.invalidate()
	for _, truncate := range []string{`TRUNCATE sessions`, `TRUNCATE devices`} {
		if _, err := s.pool.ExecContext(ctx, truncate); err != nil {
			return wrap("ending all sessions", err)
		}
	}
	return nil
}
