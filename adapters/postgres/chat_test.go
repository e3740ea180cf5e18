package postgres_test

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"runtime"
	"sync"
	"time"

	"github.com/kuvaka-tech/parley/adapters/postgres"
	"github.com/kuvaka-tech/parley/core/chat"
	"github.com/kuvaka-tech/parley/core/id"
	"github.com/kuvaka-tech/parley/core/phone"
	"github.com/kuvaka-tech/parley/core/quota"
	"github.com/kuvaka-tech/parley/core/user"
	"github.com/kuvaka-tech/parley/ports/portstest"
)

var noon = time.Date(2026, 3, 1, 12, 0, 0, 123_456_000, time.UTC)

// talk is a store with a user and a room in it.
type talk struct {
	*schema
	portstest.Stores
	room chat.Room
}

func (s *schema) talk() *talk {
	s.Helper()
	return s.talkOn(s.open())
}

func (s *schema) talkOn(db *postgres.DB) *talk {
	s.Helper()
	t := &talk{schema: s, Stores: stores(db)}
	u, err := t.Users.Open(s.Context(), user.User{ID: s.id(), Number: number(0), Created: noon, Proven: noon})
	s.ok(err)
	t.room = t.newRoom(u.ID)
	return t
}

// number is one of ten thousand.
func number(i int) phone.Number {
	n, err := phone.Parse(fmt.Sprintf("+9900000%04d", i))
	if err != nil {
		panic(err)
	}
	return n
}

func (s *schema) id() id.ID {
	s.Helper()
	made, err := id.New(noon, rand.Reader)
	s.ok(err)
	return made
}

func (t *talk) newRoom(owner id.ID) chat.Room {
	t.Helper()
	r := chat.Room{ID: t.id(), Owner: owner, Name: "Owls", Created: noon, Updated: noon}
	t.ok(t.Rooms.Add(t.Context(), r))
	return r
}

// draft is a message on a limit, under a key unless that is "".
func (t *talk) draft(key string, limit int) chat.Draft {
	t.Helper()
	terms := chat.Terms{Limit: quota.Limit(limit)}
	return chat.Draft{Prompt: t.id(), Reply: t.id(), Room: t.room.ID, User: t.room.Owner, Text: "Hoo?", Key: key, Now: noon, Basic: terms, Pro: terms}
}

func (t *talk) accept(d chat.Draft) {
	t.Helper()
	_, err := t.Messages.Accept(t.Context(), d)
	t.ok(err)
}

// hold runs a statement that locks, and returns what lets go, with the change undone.
func (s *schema) hold(statement string, args ...any) (release func()) {
	s.Helper()
	_, release = s.change(statement, args...)
	return release
}

// change runs a statement, and returns what makes it last and what undoes it; the first to be called counts.
func (s *schema) change(statement string, args ...any) (commit, undo func()) {
	s.Helper()
	conn := connect(s.T, server(s.T))
	tx, err := conn.Begin(s.Context())
	s.ok(err)
	_, err = tx.Exec(s.Context(), "SET LOCAL search_path TO "+one[string](s, "SELECT current_schema()"))
	s.ok(err)
	_, err = tx.Exec(s.Context(), statement, args...)
	s.ok(err)
	var once sync.Once
	end := func(end func(context.Context) error) func() {
		return func() {
			once.Do(func() {
				if err := errors.Join(end(context.Background()), conn.Close(context.Background())); err != nil {
					s.Error(err)
				}
			})
		}
	}
	s.Cleanup(end(tx.Rollback))
	return end(tx.Commit), end(tx.Rollback)
}

// blocked waits until so many of the store's statements wait for locks.
func (s *schema) blocked(n int) {
	s.Helper()
	ctx, cancel := context.WithTimeout(s.Context(), 30*time.Second)
	defer cancel()
	for found := -1; found != n; runtime.Gosched() {
		s.ok(s.conn.QueryRow(ctx, `SELECT count(*) FROM pg_stat_activity
			WHERE application_name = current_schema() AND wait_event_type = 'Lock'`).Scan(&found))
	}
}

// begin runs f beside the test; the result is there once it has ended.
func begin[T any](f func() (T, error)) (wait func() (T, error)) {
	var v T
	var err error
	done := make(chan struct{})
	go func() { defer close(done); v, err = f() }()
	return func() (T, error) { <-done; return v, err }
}
