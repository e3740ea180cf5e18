package postgres

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5/pgtype"

	"github.com/kuvaka-tech/parley/core/id"
	"github.com/kuvaka-tech/parley/core/session"
)

// sessionRow has the sessionColumns.
type sessionRow struct {
	ID            id.ID
	UserID        id.ID     `db:"user_id"`
	DeviceName    string    `db:"device_name"`
	Opened        time.Time // see session.Session for the other fields, too
	LastUsed      time.Time `db:"last_used"`
	Expires       time.Time
	RefreshNumber int   `db:"refresh_number"`
	Refreshed     times // the Recent of session.Rotation
}

func (r sessionRow) session() session.Session {
	return session.Session{
		ID:         r.ID,
		User:       r.UserID,
		DeviceName: r.DeviceName,
		Opened:     r.Opened.UTC(),
		LastUsed:   r.LastUsed.UTC(),
		Expires:    r.Expires.UTC(),
		Rotation:   session.Rotation{Current: r.RefreshNumber, Recent: r.Refreshed},
	}
}

// times is a value of the type timestamptz[].
type times []time.Time

// Scan implements sql.Scanner.
func (t *times) Scan(value any) error {
	return pgtype.NewMap().SQLScanner((*[]time.Time)(t)).Scan(value)
}

// Refresh implements ports.Sessions. It reads the session, decides, and changes the row if no other
// call has done so in between. Otherwise it reads again: then the token is not the current one any
// more, or the session has ended.
func (s Sessions) Refresh(
	ctx context.Context, sessionID id.ID, n int, now, expires time.Time,
) (session.Session, session.Successor, error) {
	for {
		current, err := s.findOne(ctx, sessionID, now)
		if err != nil {
			return session.Session{}, session.Successor{}, err
		}
		next, rotation, err := current.Rotation.Use(n, now)
		if err != nil || rotation.Current == current.Rotation.Current {
			return current, next, wrap("refreshing a session", err)
		}
		refreshed, err := s.selectSessions(ctx, "refreshing a session", refreshSession,
			sessionID, n, rotation.Recent, now, expires)
		if err != nil {
			return session.Session{}, session.Successor{}, err
		}
		if len(refreshed) == 1 {
			return refreshed[0], next, nil
		}
	}
}

// findOne returns a session that is alive at now. It fails with session.ErrBadToken.
func (s Sessions) findOne(ctx context.Context, sessionID id.ID, now time.Time) (session.Session, error) {
	found, err := s.Find(ctx, []id.ID{sessionID}, now)
	if err != nil {
		return session.Session{}, err
	}
	if len(found) == 0 {
		return session.Session{}, wrap("reading a session", session.ErrBadToken)
	}
	return found[0], nil
}
