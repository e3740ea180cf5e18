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

// Who waits for another's look gets its answer, and asks again when that one left.
func TestWhoWaitsForALookIsAnswered(t *testing.T) {
	a := newSchema(t).talk()
	sessions := postgres.Sessions{DB: a.open()}
	now := time.Now().UTC().Truncate(time.Microsecond)
	open := session.Session{ID: a.id(), User: a.room.Owner, Opened: now, Expires: now.Add(time.Hour)}
	a.ok(sessions.Open(t.Context(), open))
	gone := a.id()
	ask := func(ctx context.Context, session id.ID, after time.Duration) func() error {
		wait := begin(func() (struct{}, error) { return struct{}{}, sessions.Alive(ctx, session, now.Add(after)) })
		return func() error { _, err := wait(); return err }
	}
	for after, leave := range map[time.Duration]bool{0: false, 2 * time.Second: true} {
		leads, cancel := context.WithCancel(t.Context())
		release := a.hold(`LOCK TABLE sessions IN ACCESS EXCLUSIVE MODE`)
		leader := ask(leads, open.ID, after)
		a.blocked(1)
		goneLeader := ask(t.Context(), gone, after)
		a.blocked(2)
		follower, goneFollower := ask(t.Context(), open.ID, after), ask(t.Context(), gone, after)
		if leave {
			cancel()
			if err := leader(); !errors.Is(err, context.Canceled) {
				t.Errorf("who left is told %v", err)
			}
		}
		release()
		for name, err := range map[string]error{"follower": follower(), "leader": leader()} {
			if err != nil && !(leave && name == "leader") {
				t.Errorf("the %s is told %v", name, err)
			}
		}
		for name, err := range map[string]error{"follower": goneFollower(), "leader": goneLeader()} {
			if !errors.Is(err, session.ErrBadToken) {
				t.Errorf("the %s of a session that is none is told %v", name, err)
			}
		}
		cancel()
	}
}
