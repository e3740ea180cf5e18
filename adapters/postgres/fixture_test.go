package postgres_test

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"runtime"
	"sync"
	"testing"
	"time"

	"github.com/kuvaka-tech/parley/adapters/postgres"
	"github.com/kuvaka-tech/parley/core/chat"
	"github.com/kuvaka-tech/parley/core/id"
	"github.com/kuvaka-tech/parley/core/phone"
	"github.com/kuvaka-tech/parley/core/plan"
	"github.com/kuvaka-tech/parley/core/quota"
	"github.com/kuvaka-tech/parley/core/user"
	"github.com/kuvaka-tech/parley/ports/portstest"
)

var noon = time.Date(2026, 3, 1, 12, 0, 0, 123_456_000, time.UTC)

// fixture is a store with one user and one room.
type fixture struct {
	*schema
	portstest.Stores
	room chat.Room
}

// newFixture opens a store in a new schema. Its statements wait for locks until the test releases
// them, unless an option limits that.
func newFixture(t *testing.T, options ...string) *fixture {
	t.Helper()
	if len(options) == 0 {
		options = []string{"lock_timeout=30s"}
	}
	s := newSchema(t, options...)
	return s.fixture(s.open())
}

func (s *schema) fixture(db *postgres.DB) *fixture {
	s.Helper()
	f := &fixture{schema: s, Stores: stores(db)}
	u, err := f.Users.AddProven(s.Context(), user.User{ID: s.newID(), Number: number(0), Created: noon, Proven: noon})
	s.noError(err)
	f.room = f.newRoom(u.ID)
	return f
}

// elsewhere returns the stores of another process. In one process, a statement that needs the locks
// of a user waits for those of the same user before it.
func (f *fixture) elsewhere() portstest.Stores {
	f.Helper()
	return stores(f.open())
}

// number returns the i-th of ten thousand phone numbers.
func number(i int) phone.Number {
	n, err := phone.Parse(fmt.Sprintf("+9900000%04d", i))
	if err != nil {
		panic(err)
	}
	return n
}

func (s *schema) newID() id.ID {
	s.Helper()
	newID, err := id.New(noon, rand.Reader)
	s.noError(err)
	return newID
}

func (f *fixture) newRoom(owner id.ID) chat.Room {
	f.Helper()
	r := chat.Room{ID: f.newID(), Owner: owner, Name: "Owls", Created: noon, Updated: noon}
	f.noError(f.Rooms.Add(f.Context(), r))
	return r
}

// draft returns a message to the fixture's room under a daily limit, with an
// idempotency key unless that is "".
func (f *fixture) draft(key string, limit int) chat.Draft {
	f.Helper()
	terms := plan.Terms{Limit: quota.Limit(limit)}
	return chat.Draft{
		Ask: chat.Ask{
			Room:  f.room.ID,
			User:  f.room.Owner,
			Key:   key,
			Now:   noon,
			Basic: terms,
			Pro:   terms,
		},
		Prompt: f.newID(),
		Reply:  f.newID(),
		Text:   "Hoo?",
	}
}

func (f *fixture) accept(d chat.Draft) {
	f.Helper()
	_, err := f.Messages.Accept(f.Context(), d)
	f.noError(err)
}

// report fails the test if err is not nil. Unlike noError, it may be called by any goroutine.
func (f *fixture) report(err error) {
	if err != nil {
		f.Errorf("unexpected error: %v", err)
	}
}

// holdLocks runs a statement in a transaction that keeps its locks until release
// rolls it back.
func (s *schema) holdLocks(statement string, args ...any) (release func()) {
	s.Helper()
	_, release = s.transaction(statement, args...)
	return release
}

// transaction runs a statement in a transaction. The first call of commit or
// rollback ends the transaction, later calls do nothing.
func (s *schema) transaction(statement string, args ...any) (commit, rollback func()) {
	s.Helper()
	conn := connect(s.T, serverURL(s.T))
	tx, err := conn.Begin(s.Context())
	s.noError(err)
	_, err = tx.Exec(s.Context(), "SET LOCAL search_path TO "+queryValue[string](s, "SELECT current_schema()"))
	s.noError(err)
	_, err = tx.Exec(s.Context(), statement, args...)
	s.noError(err)
	var once sync.Once
	end := func(end func(context.Context) error) func() {
		return func() {
			once.Do(func() {
				if err := errors.Join(end(context.Background()), conn.Close(context.Background())); err != nil {
					s.Errorf("ending a transaction of the test: %v", err)
				}
			})
		}
	}
	s.Cleanup(end(tx.Rollback))
	return end(tx.Commit), end(tx.Rollback)
}

// waitForBlocked waits until exactly n statements of the store wait for locks.
func (s *schema) waitForBlocked(n int) {
	s.Helper()
	ctx, cancel := context.WithTimeout(s.Context(), 30*time.Second)
	defer cancel()
	for found := -1; found != n; runtime.Gosched() {
		s.noError(s.conn.QueryRow(ctx, `SELECT count(*) FROM pg_stat_activity
			WHERE application_name = current_schema() AND wait_event_type = 'Lock'`).Scan(&found))
	}
}

// start runs f in the background. wait returns its result.
func start[T any](f func() (T, error)) (wait func() (T, error)) {
	var v T
	var err error
	done := make(chan struct{})
	go func() {
		defer close(done)
		v, err = f()
	}()
	return func() (T, error) {
		<-done
		return v, err
	}
}
