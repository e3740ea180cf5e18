package postgres_test

import (
	"context"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"github.com/kuvaka-tech/parley/core/chat"
	"github.com/kuvaka-tech/parley/core/id"
	"github.com/kuvaka-tech/parley/core/quota"
	"github.com/kuvaka-tech/parley/core/reply"
)

// lockOwner takes the advisory lock that a claim holds while it gives away the slots of the owner $1.
const lockOwner = `SELECT pg_advisory_xact_lock(uuid_hash_extended($1, 0))`

// startReply changes the reply $1 of the owner $2 as a claim does.
const startReply = `
	UPDATE messages SET status = 'running', lease = due + interval '10 s', fence = fence + 1, first_claim = due,
		owner = $2
	WHERE id = $1`

// queue adds a reply in a new room. Its rank is headStart before noon.
func (f *fixture) queue(headStart time.Duration) id.ID {
	f.Helper()
	d := f.draft("", int(quota.Unlimited))
	d.Room = f.newRoom(f.room.Owner).ID
	d.Pro.HeadStart = headStart
	d.Basic.HeadStart = headStart
	f.accept(d)
	return d.Reply
}

// claim claims up to n replies at noon.
func (f *fixture) claim(n, perUser int) []reply.Task {
	f.Helper()
	tasks, err := f.ReplyQueue.Claim(f.Context(), noon, reply.Lease, n, perUser)
	f.noError(err)
	return tasks
}

// Another claim holds the owner's lock and has claimed a reply that is not committed
// yet. Claim waits for it, and then finds no free slot.
func TestClaimWaitsForTheOwnersLock(t *testing.T) {
	f := newFixture(t)
	first := f.queue(0)
	unlock := f.holdLocks(lockOwner, f.room.Owner)
	commit, _ := f.transaction(startReply, first, f.room.Owner)
	f.queue(time.Minute)
	claim := start(func() ([]reply.Task, error) { return f.ReplyQueue.Claim(f.Context(), noon, reply.Lease, 1, 1) })
	f.waitForBlocked(1)
	commit()
	unlock()
	if tasks, err := claim(); err != nil || len(tasks) != 0 {
		t.Errorf("Claim = %+v, %v, want none beyond the limit of 1", tasks, err)
	}
}

// Another claim may start and end between the snapshot of Claim's statement and the
// moment when it gets the owner's lock. So the statement must count the running replies
// after it got the lock, and with a newer snapshot. Only a volatile function has that.
func TestClaimCountsAfterLocking(t *testing.T) {
	f := newFixture(t)
	first := f.queue(0)
	f.queue(time.Minute)
	// The new running_of waits for the lock on users before it counts.
	f.exec(`ALTER FUNCTION running_of RENAME TO counted`)
	f.exec(`CREATE FUNCTION running_of(owner_id uuid) RETURNS bigint LANGUAGE plpgsql
		AS 'BEGIN PERFORM FROM users FOR UPDATE; RETURN counted(owner_id); END'`)
	release := f.holdLocks(`SELECT FROM users FOR UPDATE`)
	claim := start(func() ([]reply.Task, error) { return f.ReplyQueue.Claim(f.Context(), noon, reply.Lease, 1, 1) })
	f.waitForBlocked(1)
	f.exec(startReply, first, f.room.Owner)
	release()
	if tasks, err := claim(); err != nil || len(tasks) != 0 {
		t.Errorf("Claim = %+v, %v, want none beyond the limit of 1", tasks, err)
	}
	volatility := queryValue[string](f.schema, `SELECT provolatile::text FROM pg_proc
		WHERE proname = 'counted' AND pronamespace = current_schema()::regnamespace`)
	if volatility != "v" {
		t.Errorf("volatility of running_of = %s, want v: otherwise it uses the snapshot of the statement", volatility)
	}
}

// Eight workers claim and finish replies while messages are accepted. The owner must
// never have more running replies than the limit, and all messages must be answered.
func TestConcurrentClaimsRespectTheLimit(t *testing.T) {
	const workers, messages, perUser = 8, 200, 3
	f := newFixture(t)
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	var running sync.WaitGroup
	var mu sync.Mutex
	left := messages
	done := func() bool {
		mu.Lock()
		defer mu.Unlock()
		return left <= 0 || ctx.Err() != nil
	}
	for range workers {
		running.Go(func() {
			for !done() {
				tasks, err := f.ReplyQueue.Claim(ctx, noon, reply.Lease, 1+rand.IntN(3), perUser)
				f.report(err)
				f.finishAll(ctx, tasks)
				mu.Lock()
				left -= len(tasks)
				mu.Unlock()
			}
		})
	}
	running.Go(func() {
		for range messages {
			f.queue(time.Duration(rand.IntN(100)) * time.Second) // often before replies that wait already
		}
	})
	for !done() {
		var n int
		f.noError(f.conn.QueryRow(ctx, `SELECT count(*) FROM messages WHERE status = 'running'`).Scan(&n))
		if n > perUser {
			t.Errorf("%d replies are running, want at most %d", n, perUser)
		}
	}
	running.Wait()
	if left > 0 {
		t.Errorf("%d of %d messages were not answered within a minute", left, messages)
	}
}

// finishAll writes an answer for each task.
func (f *fixture) finishAll(ctx context.Context, tasks []reply.Task) {
	for _, task := range tasks {
		outcome := reply.Outcome{Status: chat.Done, Content: "Hoo."}
		_, err := f.ReplyQueue.Finish(ctx, task.Reply, task.Fence, outcome, noon)
		f.report(err)
	}
}
