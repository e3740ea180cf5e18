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
	"github.com/kuvaka-tech/parley/core/reply"
	"github.com/kuvaka-tech/parley/core/session"
	"github.com/kuvaka-tech/parley/core/subscription"
	"github.com/kuvaka-tech/parley/core/user"
	"github.com/kuvaka-tech/parley/ports"
)

// All rows of a user refer to the account, directly or indirectly.
func TestDeletingAnAccountDeletesItsRows(t *testing.T) {
	f := newFixture(t)
	f.accept(f.draft("a", 5))
	opened := session.Session{ID: f.newID(), User: f.room.Owner, Opened: noon, Expires: noon}
	f.noError(f.Sessions.Open(t.Context(), opened, "device"))
	f.noError(f.Subscriptions.Save(t.Context(), subscription.Record{User: f.room.Owner, Customer: "cus_1"}, noon))
	tables := []string{"users", "sessions", "devices", "rooms", "messages", "keys", "sent", "subscriptions"}
	for _, table := range tables {
		if queryValue[int](f.schema, `SELECT count(*) FROM `+table) == 0 {
			t.Fatalf("%s has no row before the deletion, so the test proves nothing", table)
		}
	}
	f.noError(f.Eraser.Erase(t.Context(), f.room.Owner, ports.KeepCounts{}))
	f.removeDeleted(f.Retention)
	for _, table := range tables {
		if n := queryValue[int](f.schema, `SELECT count(*) FROM `+table); n != 0 {
			t.Errorf("%d rows in %s after the deletion, want 0", n, table)
		}
	}
	room := chat.Room{ID: f.newID(), Owner: f.room.Owner}
	if err := f.Rooms.Add(t.Context(), room); !errors.Is(err, user.ErrNotFound) {
		t.Errorf("adding a room to a deleted account: error = %v, want user.ErrNotFound", err)
	}
	reopened := session.Session{ID: f.newID(), User: f.room.Owner}
	if err := f.Sessions.Open(t.Context(), reopened, "device"); !errors.Is(err, user.ErrNotFound) {
		t.Errorf("opening a session of a deleted account: error = %v, want user.ErrNotFound", err)
	}
}

// Rooms and accounts are deleted while messages are accepted, changed, claimed, answered
// and purged. Calls that come too late must get the documented errors. Deadlocks would be other errors.
func TestConcurrentDeletions(t *testing.T) {
	f := newFixture(t)
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	done := make(chan struct{})
	var users, workers sync.WaitGroup
	for i := range 6 {
		users.Go(func() { f.report(f.sendAndDelete(ctx, i)) })
	}
	for range 2 {
		workers.Go(func() { f.report(f.answerUntil(ctx, done)) })
	}
	users.Wait()
	close(done)
	workers.Wait()
	f.removeDeleted(f.Retention)
	f.wantCount("messages of deleted rooms", 0,
		`SELECT count(*) FROM messages m LEFT JOIN rooms r ON r.id = m.room WHERE r.owner IS NULL`)
	f.wantCount("deleted rooms", 0, `SELECT count(*) FROM rooms WHERE owner IS NULL`)
	f.checkTurns(1000)
}

// sendAndDelete adds 12 accounts. It sends and changes messages in the rooms of each account
// while it deletes one of the rooms and every third account. It returns unexpected errors.
// chat.ErrInFlight is possible, because a key is deleted with its room: a request may find
// its key taken by a second request after the first one is gone.
func (f *fixture) sendAndDelete(ctx context.Context, client int) error {
	for round := range 12 {
		u := user.User{ID: f.newID(), Number: number(1 + client*100 + round), Created: noon, Proven: noon}
		if _, err := f.Users.AddProven(ctx, u); err != nil {
			return err
		}
		rooms := []chat.Room{f.newRoom(u.ID), f.newRoom(u.ID)}
		errs := make(chan error)
		for i := range 8 {
			d := f.draft(fmt.Sprint("key", i/2%3), 4)
			d.User = u.ID
			d.Room = rooms[i%2].ID
			go func() {
				_, err := f.Messages.Accept(ctx, d)
				if unexpected := f.changeAccepted(ctx, d); unexpected != nil {
					err = unexpected
				}
				errs <- err
			}()
		}
		go func() { errs <- f.Rooms.Delete(ctx, u.ID, rooms[0].ID) }()
		go func() {
			_, err := f.Users.Get(ctx, u.ID)
			if round%3 == 0 {
				err = f.Eraser.Erase(ctx, u.ID, ports.KeepCounts{})
			}
			errs <- err
		}()
		for range 10 {
			err := <-errs
			if err != nil && !isAny(err, chat.ErrNotFound, chat.ErrMismatch, chat.ErrInFlight, quota.ErrExhausted) {
				return err
			}
		}
	}
	return nil
}

// changeAccepted cancels, retries and edits a message that may not exist, and names and
// summarizes its room. It returns unexpected errors.
func (f *fixture) changeAccepted(ctx context.Context, d chat.Draft) error {
	_, cancelErr := f.MessageChanges.Cancel(ctx, ports.Cancel{
		Owner: d.User,
		Room:  d.Room,
		Reply: d.Reply,
		Now:   d.Now,
	})
	ask := d.Ask
	ask.Key += " again"
	_, retryErr := f.MessageChanges.Retry(ctx, chat.Retry{Ask: ask, Reply: d.Reply})
	_, editErr := f.MessageChanges.Edit(ctx, chat.Edit{Ask: ask, Prompt: d.Prompt, Text: "Bats?"})
	_, titleErr := f.Conversations.SetTitle(ctx, d.User, d.Room, "Owls")
	summaryErr := f.Conversations.SetSummary(ctx, ports.SummaryChange{
		Owner: d.User,
		Room:  d.Room,
		New:   chat.Summary{Text: "Hoo.", Through: 2},
	})
	for _, err := range []error{cancelErr, retryErr, editErr, titleErr, summaryErr} {
		if err != nil && !isAny(err, chat.ErrNotFound, chat.ErrMismatch, chat.ErrInFlight, quota.ErrExhausted,
			chat.ErrNotEditable, chat.ErrStaleSummary, reply.ErrNotRetryable, reply.ErrNotCancellable) {
			return err
		}
	}
	return nil
}

// answerUntil claims, renews and finishes replies, and purges and removes deleted data, until done
// is closed. It returns unexpected errors.
func (f *fixture) answerUntil(ctx context.Context, done <-chan struct{}) error {
	for now := noon; ; now = now.Add(time.Second) {
		select {
		case <-done:
			return nil
		default:
		}
		tasks, err := f.ReplyQueue.Claim(ctx, now, time.Second, 3, 0)
		if err != nil {
			return err
		}
		for _, task := range tasks {
			err := f.ReplyQueue.Renew(ctx, task.Reply, task.Fence, now, time.Second)
			if err == nil {
				outcome := reply.Outcome{Status: chat.Failed, RefundLimit: 10}
				_, err = f.ReplyQueue.Finish(ctx, task.Reply, task.Fence, outcome, now)
			}
			if err != nil && !isAny(err, reply.ErrDeleted, reply.ErrClaimLost, reply.ErrCancelled) {
				return err
			}
		}
		_, purgeErr := f.Retention.Purge(ctx, noon)
		_, removeErr := f.Retention.RemoveDeleted(ctx)
		if err := errors.Join(purgeErr, removeErr); err != nil {
			return err
		}
	}
}

func isAny(err error, targets ...error) bool {
	for _, target := range targets {
		if errors.Is(err, target) {
			return true
		}
	}
	return false
}
