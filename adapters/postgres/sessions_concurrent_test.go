package postgres_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/kuvaka-tech/parley/adapters/postgres"
	"github.com/kuvaka-tech/parley/core/id"
	"github.com/kuvaka-tech/parley/core/session"
	"github.com/kuvaka-tech/parley/core/user"
	"github.com/kuvaka-tech/parley/ports"
)

// Concurrent callers of Alive share one query for each session. When the caller that
// runs the query cancels it, the waiting caller runs its own query.
func TestConcurrentCallersShareALookup(t *testing.T) {
	f := newFixture(t)
	sessions := postgres.Sessions{DB: f.open()}
	now := time.Now().UTC().Truncate(time.Microsecond)
	opened := session.Session{ID: f.newID(), User: f.room.Owner, Opened: now, Expires: now.Add(time.Hour)}
	f.noError(sessions.Open(t.Context(), opened, "device"))
	unknown := f.newID()
	startAlive := func(ctx context.Context, sessionID id.ID, after time.Duration) (wait func() error) {
		result := start(func() (struct{}, error) { return struct{}{}, sessions.Alive(ctx, sessionID, now.Add(after)) })
		return func() error {
			_, err := result()
			return err
		}
	}
	for after, cancelled := range map[time.Duration]bool{0: false, 2 * time.Second: true} {
		ctx, cancel := context.WithCancel(t.Context())
		release := f.holdLocks(`LOCK TABLE sessions IN ACCESS EXCLUSIVE MODE`)
		leader := startAlive(ctx, opened.ID, after)
		f.waitForBlocked(1)
		unknownLeader := startAlive(t.Context(), unknown, after)
		f.waitForBlocked(2)
		follower := startAlive(t.Context(), opened.ID, after)
		unknownFollower := startAlive(t.Context(), unknown, after)
		if cancelled {
			cancel()
			if err := leader(); !errors.Is(err, context.Canceled) {
				t.Errorf("error of the cancelled leader = %v, want context.Canceled", err)
			}
		}
		release()
		if err := follower(); err != nil {
			t.Errorf("error of the follower = %v, want nil", err)
		}
		if err := leader(); err != nil && !cancelled {
			t.Errorf("error of the leader = %v, want nil", err)
		}
		if err := unknownFollower(); !errors.Is(err, session.ErrBadToken) {
			t.Errorf("error of the follower for an unknown session = %v, want session.ErrBadToken", err)
		}
		if err := unknownLeader(); !errors.Is(err, session.ErrBadToken) {
			t.Errorf("error of the leader for an unknown session = %v, want session.ErrBadToken", err)
		}
		cancel()
	}
}

// The deletion of an account locks the user before the device. Another order could deadlock.
func TestOpenLocksTheUserBeforeTheDevice(t *testing.T) {
	f := newFixture(t)
	sessions := postgres.Sessions{DB: f.open()}
	open := func() (struct{}, error) {
		opened := session.Session{ID: f.newID(), User: f.room.Owner, Opened: noon, Expires: noon.Add(time.Hour)}
		return struct{}{}, sessions.Open(t.Context(), opened, "device")
	}
	_, err := open()
	f.noError(err)
	commit, _ := f.transaction(`SELECT FROM users WHERE id = $1 FOR UPDATE`, f.room.Owner)
	wait := start(open)
	f.waitForBlocked(1)
	f.exec(`SELECT FROM devices FOR UPDATE NOWAIT`)
	commit()
	_, err = wait()
	f.noError(err)
}

func TestOpenWaitsForTheDeletionOfTheAccount(t *testing.T) {
	f := newFixture(t)
	userID := f.addUser(1)
	commit, _ := f.transaction(`DELETE FROM users WHERE id = $1`, userID)
	wait := start(func() (struct{}, error) {
		opened := session.Session{ID: f.newID(), User: userID, Opened: noon, Expires: noon.Add(time.Hour)}
		return struct{}{}, f.Sessions.Open(t.Context(), opened, "device")
	})
	f.waitForBlocked(1)
	commit()
	if _, err := wait(); !errors.Is(err, user.ErrNotFound) {
		t.Errorf("Open error = %v, want user.ErrNotFound", err)
	}
}

// A table with a lock of any kind cannot be emptied.
func TestEndEveryFailsAfterTheLockTimeout(t *testing.T) {
	for _, table := range []string{"sessions", "devices"} {
		t.Run(table, func(t *testing.T) {
			f := newFixture(t, "lock_timeout=200ms")
			f.holdLocks(`LOCK TABLE ` + table + ` IN ACCESS SHARE MODE`)
			if err := f.Sessions.EndEvery(t.Context()); !errors.Is(err, ports.ErrUnavailable) {
				t.Errorf("EndEvery error = %v, want ports.ErrUnavailable", err)
			}
		})
	}
}

// Deleting the rows would leave them in the tables. Each of many statements would read them again.
func TestEndEveryLeavesNoDeadRows(t *testing.T) {
	f := newFixture(t)
	opened := session.Session{ID: f.newID(), User: f.room.Owner, Opened: noon, Expires: noon.Add(time.Hour)}
	f.noError(f.Sessions.Open(t.Context(), opened, "device"))
	f.noError(f.Sessions.EndEvery(t.Context()))
	f.wantCount("size of the tables", 0, `SELECT pg_relation_size('sessions') + pg_relation_size('devices')`)
}
