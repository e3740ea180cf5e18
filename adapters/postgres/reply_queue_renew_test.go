package postgres_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/kuvaka-tech/parley/adapters/postgres"
	"github.com/kuvaka-tech/parley/core/reply"
	"github.com/kuvaka-tech/parley/ports"
)

// claimInNewRooms claims n replies, each in a new room.
func (f *fixture) claimInNewRooms(n int) []reply.Task {
	f.Helper()
	for range n {
		d := f.draft("", -1)
		d.Room = f.newRoom(f.room.Owner).ID
		f.accept(d)
	}
	tasks, err := f.ReplyQueue.Claim(f.Context(), noon, reply.Lease, n, 0)
	f.noError(err)
	if len(tasks) != n {
		f.Fatalf("claimed %d replies, want %d", len(tasks), n)
	}
	return tasks
}

// startRenewing renews all leases concurrently, each for an hour.
func (f *fixture) startRenewing(tasks []reply.Task) (wait func()) {
	var renewals sync.WaitGroup
	for _, task := range tasks {
		renewals.Go(func() { f.report(f.ReplyQueue.Renew(f.Context(), task.Reply, task.Fence, noon, time.Hour)) })
	}
	return renewals.Wait
}

// wantRenewed expects n leases to end in an hour.
func (f *fixture) wantRenewed(n int) {
	f.Helper()
	got := queryValue[int](f.schema, `SELECT count(*) FROM messages WHERE lease = $1`, noon.Add(time.Hour))
	if got != n {
		f.Errorf("%d leases are renewed, want %d", got, n)
	}
}

// Renewals must not wait for the connections that other statements use.
func TestRenewDoesNotWaitForOtherStatements(t *testing.T) {
	s := newSchema(t, "pool_max_conns=2")
	db := s.open()
	f := s.fixture(db)
	tasks := f.claimInNewRooms(20)
	free, err := db.Occupy(t.Context(), 2)
	f.noError(err)
	defer free()
	wait := f.startRenewing(tasks)
	wait()
	f.wantRenewed(20)
}

func TestLockedReplyDoesNotDelayOtherRenewals(t *testing.T) {
	f := newFixture(t)
	tasks := f.claimInNewRooms(20)
	release := f.holdLocks(`SELECT FROM messages WHERE id = $1 FOR UPDATE`, tasks[7].Reply)
	wait := f.startRenewing(tasks)
	f.waitForBlocked(1) // the second statement for the locked reply, after the shared one
	f.wantRenewed(19)
	release()
	wait()
	f.wantRenewed(20)
}

// The single statements of the renewals use the connections for messages. So the others get theirs.
func TestLockedRepliesDelayNoLogins(t *testing.T) {
	f := newFixture(t)
	tasks := f.claimInNewRooms(20)
	release := f.holdLocks(`SELECT FROM messages WHERE status = 'running' FOR UPDATE`)
	var renewals sync.WaitGroup
	for _, task := range tasks {
		renewals.Go(func() {
			err := f.ReplyQueue.Renew(f.Context(), task.Reply, task.Fence, noon, time.Hour)
			if err != nil && !errors.Is(err, ports.ErrUnavailable) {
				t.Errorf("Renew = %v, want nil or ports.ErrUnavailable", err)
			}
		})
	}
	f.waitForBlocked(4) // half of the 8 connections
	_, err := f.Users.Get(t.Context(), f.room.Owner)
	if err != nil {
		t.Errorf("error of reading a user while the replies are locked = %v, want none", err)
	}
	f.waitForBlocked(4)
	release()
	renewals.Wait()
}

// A second statement for each lease would wait for the same lock. Here it would wait for the occupied
// connections, longer than the deadline.
func TestRenewalsOfALockedTableFailTogether(t *testing.T) {
	s := newSchema(t, "lock_timeout=300ms")
	db := s.open()
	f := s.fixture(db)
	tasks := f.claimInNewRooms(20)
	f.holdLocks(`LOCK TABLE messages`)
	free, err := db.Occupy(t.Context(), 8)
	f.noError(err)
	defer free()
	db.SetTimeout(time.Minute)
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	var renewals sync.WaitGroup
	for _, task := range tasks {
		renewals.Go(func() {
			err := f.ReplyQueue.Renew(ctx, task.Reply, task.Fence, noon, time.Hour)
			if !errors.Is(err, ports.ErrUnavailable) {
				t.Errorf("Renew = %v, want ports.ErrUnavailable", err)
			}
		})
	}
	renewals.Wait()
}

func TestRenewOnAClosedDatabase(t *testing.T) {
	s := newSchema(t)
	db := s.open()
	f := s.fixture(db)
	tasks := f.claimInNewRooms(5)
	f.noError(db.Close())
	for _, task := range tasks {
		err := postgres.ReplyQueue{DB: db}.Renew(t.Context(), task.Reply, task.Fence, noon, time.Hour)
		if err == nil || errors.Is(err, reply.ErrClaimLost) {
			t.Errorf("Renew = %v, want the error of the closed database", err)
		}
	}
}
