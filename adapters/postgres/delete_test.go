package postgres_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/kuvaka-tech/parley/core/chat"
	"github.com/kuvaka-tech/parley/core/quota"
	"github.com/kuvaka-tech/parley/core/session"
	"github.com/kuvaka-tech/parley/core/subscription"
	"github.com/kuvaka-tech/parley/core/user"
)

// The account is all that holds what is the user's together.
func TestDeletingAnAccountLeavesNothing(t *testing.T) {
	a := newSchema(t).talk()
	a.accept(a.draft("a", 5))
	a.ok(a.Sessions.Open(t.Context(), session.Session{ID: a.id(), User: a.room.Owner, Opened: noon, Expires: noon}))
	a.ok(a.Subscriptions.Save(t.Context(), subscription.Record{User: a.room.Owner, Customer: "cus_1"}, noon))
	tables := []string{"users", "sessions", "rooms", "messages", "keys", "sent", "subscriptions"}
	for _, table := range tables {
		if one[int](a.schema, `SELECT count(*) FROM `+table) == 0 {
			t.Fatalf("there is nothing in %s to be deleted", table)
		}
	}
	a.ok(a.Eraser.Erase(t.Context(), a.room.Owner))
	for _, table := range tables {
		if n := one[int](a.schema, `SELECT count(*) FROM `+table); n != 0 {
			t.Errorf("%d rows left in %s", n, table)
		}
	}
	if err := a.Rooms.Add(t.Context(), chat.Room{ID: a.id(), Owner: a.room.Owner}); !errors.Is(err, user.ErrNotFound) {
		t.Errorf("a room of a deleted account: %v", err)
	}
	if err := a.Sessions.Open(t.Context(), session.Session{ID: a.id(), User: a.room.Owner}); !errors.Is(err, user.ErrNotFound) {
		t.Errorf("a session of a deleted account: %v", err)
	}
}

// Accounts and rooms go while messages come, are claimed, answered and cleared
// away. Whoever comes too late is told so; nobody waits for another in a circle.
func TestNobodyFailsWhileRoomsAndAccountsGo(t *testing.T) {
	a := newSchema(t).talk()
	ctx, stop := context.WithTimeout(t.Context(), 30*time.Second)
	defer stop()
	done := make(chan struct{})
	var all, busy sync.WaitGroup
	for i := range 6 {
		all.Go(func() { a.report(a.comeAndGo(ctx, i)) })
	}
	for range 2 {
		busy.Go(func() { a.report(a.answer(ctx, done)) })
	}
	all.Wait()
	close(done)
	busy.Wait()
	if n := one[int](a.schema, `SELECT count(*) FROM messages m LEFT JOIN rooms r ON r.id = m.room WHERE r.id IS NULL`); n != 0 {
		t.Errorf("%d messages without a room", n)
	}
}

func (t *talk) report(err error) {
	if err != nil {
		t.Error(err)
	}
}

// comeAndGo opens accounts, sends from all their rooms at once, and deletes some of it meanwhile.
func (t *talk) comeAndGo(ctx context.Context, i int) error {
	for round := range 12 {
		u := user.User{ID: t.id(), Number: number(1 + i*100 + round), Created: noon, Proven: noon}
		if _, err := t.Users.Open(ctx, u); err != nil {
			return err
		}
		rooms := []chat.Room{t.newRoom(u.ID), t.newRoom(u.ID)}
		errs := make(chan error)
		for n := range 8 {
			d := t.draft(fmt.Sprint("key", n/2%3), 4)
			d.User, d.Room = u.ID, rooms[n%2].ID
			go func() { _, err := t.Messages.Accept(ctx, d); errs <- err }()
		}
		go func() { errs <- t.Rooms.Delete(ctx, u.ID, rooms[0].ID) }()
		go func() {
			_, err := t.Users.Get(ctx, u.ID)
			if round%3 == 0 {
				err = t.Eraser.Erase(ctx, u.ID)
			}
			errs <- err
		}()
		for range 10 {
			if err := <-errs; err != nil && !expected(err, chat.ErrNotFound, chat.ErrMismatch, quota.ErrExhausted) {
				return err
			}
		}
	}
	return nil
}

func (t *talk) answer(ctx context.Context, done <-chan struct{}) error {
	for now := noon; ; now = now.Add(time.Second) {
		select {
		case <-done:
			return nil
		default:
		}
		tasks, err := t.Work.Claim(ctx, now, time.Second, 3, 0)
		if err != nil {
			return err
		}
		for _, task := range tasks {
			err := t.Work.Renew(ctx, task.Reply, task.Fence, now, time.Second)
			if err == nil {
				_, err = t.Work.Finish(ctx, task.Reply, task.Fence, chat.Outcome{Status: chat.Failed, Refund: true}, now)
			}
			if err != nil && !expected(err, chat.ErrGone, chat.ErrLost) {
				return err
			}
		}
		if _, err := t.Retention.Purge(ctx, noon); err != nil {
			return err
		}
	}
}

func expected(err error, kinds ...error) bool {
	for _, kind := range kinds {
		if errors.Is(err, kind) {
			return true
		}
	}
	return false
}
