package postgres

import (
	"context"
	"time"

	"github.com/kuvaka-tech/parley/core/id"
	"github.com/kuvaka-tech/parley/core/session"
	"github.com/kuvaka-tech/parley/core/user"
	"github.com/kuvaka-tech/parley/ports"
)

const (
	// openSession locks the user before the device, as the deletion of an account does.
	openSession = `
		WITH account AS (
			SELECT id FROM users WHERE id = $2 FOR KEY SHARE
		), opened AS (
			INSERT INTO sessions (id, user_id, device_name, opened, expires)
			SELECT $1, id, $3, $4, $5 FROM account RETURNING id, user_id
		)
		INSERT INTO devices (id, user_id, session_id, expires) SELECT $6, user_id, id, $7 FROM opened
		ON CONFLICT ON CONSTRAINT devices_pkey DO UPDATE
			SET user_id = excluded.user_id, session_id = excluded.session_id, expires = excluded.expires`

	sessionColumns = `id::text, user_id::text, device_name, opened, coalesce(last_used, opened) AS last_used, expires,
		refresh_number, refreshed`

	findSessions = `SELECT ` + sessionColumns + ` FROM sessions WHERE id = ANY ($1::uuid[]) AND expires > $2`

	listSessions = `SELECT ` + sessionColumns + ` FROM sessions WHERE user_id = $1 AND expires > $2
		ORDER BY id DESC LIMIT $3`

	// useSessions does not wait for a row that another statement changes: that is a use, too, or the end
	// of the session.
	useSessions = `
		WITH used AS (
			SELECT id FROM sessions WHERE id = ANY ($1::uuid[]) AND expires > $2 ORDER BY id FOR UPDATE SKIP LOCKED
		)
		UPDATE sessions SET last_used = greatest(last_used, $2), expires = greatest(expires, $3)
		FROM used WHERE sessions.id = used.id`

	refreshSession = `
		UPDATE sessions SET refresh_number = $2 + 1, refreshed = $3,
			last_used = greatest(last_used, $4), expires = greatest(expires, $5)
		WHERE id = $1 AND refresh_number = $2 RETURNING ` + sessionColumns

	endSession = `
		WITH ended AS (
			DELETE FROM sessions WHERE id = $1 AND user_id = $2 RETURNING id
		), noted AS (
			INSERT INTO ended_sessions (session_id) SELECT id FROM ended
		), forgotten AS (
			DELETE FROM devices WHERE session_id IN (SELECT id FROM ended)
		)
		SELECT id::text FROM ended`

	endSessions = `
		WITH forgotten AS (
			DELETE FROM devices WHERE user_id = $1 AND session_id IS DISTINCT FROM nullif($2, '')::uuid
		), ended AS (
			DELETE FROM sessions WHERE user_id = $1 AND id IS DISTINCT FROM nullif($2, '')::uuid RETURNING id
		)
		INSERT INTO ended_sessions (session_id) SELECT id FROM ended`

	readEnded = `SELECT session_id::text FROM ended_sessions WHERE at > clock_timestamp() - make_interval(secs => $1)`
)

// Open implements ports.Sessions.
func (s Sessions) Open(ctx context.Context, opened session.Session, d session.DeviceID) error {
	err := changeRow(ctx, s.pool, openSession, opened.ID, opened.User, opened.DeviceName,
		opened.Opened, opened.Expires, d, opened.Opened.Add(session.DeviceTTL))
	return wrapNotFound("opening a session", err, user.ErrNotFound)
}

// Alive implements ports.Sessions.
func (s Sessions) Alive(ctx context.Context, sessionID id.ID, now time.Time) error {
	_, err := s.findOne(ctx, sessionID, now)
	return err
}

// Ended implements ports.Sessions.
func (s Sessions) Ended(ctx context.Context) (ended []id.ID, err error) {
	err = s.pool.SelectContext(ctx, &ended, readEnded, ports.EndedWindow.Seconds())
	return ended, wrap("reading the ended sessions", err)
}

// Find implements ports.Sessions.
func (s Sessions) Find(ctx context.Context, sessionIDs []id.ID, now time.Time) ([]session.Session, error) {
	return s.selectSessions(ctx, "reading sessions", findSessions, sessionIDs, now)
}

// List implements ports.Sessions.
func (s Sessions) List(ctx context.Context, userID id.ID, now time.Time) ([]session.Session, error) {
	return s.selectSessions(ctx, "listing sessions", listSessions, userID, now, ports.MaxListedSessions)
}

func (s Sessions) selectSessions(
	ctx context.Context, operation, query string, args ...any,
) (all []session.Session, err error) {
	var rows []sessionRow
	if err := s.pool.SelectContext(ctx, &rows, query, args...); err != nil {
		return nil, wrap(operation, err)
	}
	for _, row := range rows {
		all = append(all, row.session())
	}
	return all, nil
}

// Used implements ports.Sessions.
func (s Sessions) Used(ctx context.Context, sessionIDs []id.ID, now, expires time.Time) error {
	_, err := s.pool.ExecContext(ctx, useSessions, sessionIDs, now, expires)
	return wrap("recording uses of sessions", err)
}

// End implements ports.Sessions.
func (s Sessions) End(ctx context.Context, userID, sessionID id.ID) error {
	var ended id.ID
	err := s.pool.GetContext(ctx, &ended, endSession, sessionID, userID)
	return wrapNotFound("ending a session", err, session.ErrNotFound)
}

// EndAll implements ports.Sessions.
func (s Sessions) EndAll(ctx context.Context, userID, except id.ID) error {
	_, err := s.pool.ExecContext(ctx, endSessions, userID, except)
	return wrap("ending a user's sessions", err)
}

// EndEvery implements ports.Sessions. It needs two statements: one for both tables could deadlock with
// statements that lock the tables in another order.
func (s Sessions) EndEvery(ctx context.Context) error {
	for _, truncate := range []string{`TRUNCATE sessions`, `TRUNCATE devices`} {
		if _, err := s.pool.ExecContext(ctx, truncate); err != nil {
			return wrap("ending all sessions", err)
		}
	}
	return nil
}
