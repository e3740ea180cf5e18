package postgres_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/kuvaka-tech/parley/adapters/postgres"
	"github.com/kuvaka-tech/parley/core/id"
	"github.com/kuvaka-tech/parley/core/session"
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
