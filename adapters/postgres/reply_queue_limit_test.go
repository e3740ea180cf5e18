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
	"github.com/kuvaka-tech/parley/core/user"
	"github.com/kuvaka-tech/parley/ports"
)

// lockTurn locks the turn of the user $1.
const lockTurn = `SELECT FROM turns WHERE owner = $1 FOR NO KEY UPDATE`

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

// claimAt claims up to n replies at that time.
func (f *fixture) claimAt(now time.Time, n int) []reply.Task {
	f.Helper()
	tasks, err := f.ReplyQueue.Claim(f.Context(), now, reply.Lease, n, 0)
	f.noError(err)
	return tasks
}

// replyToAnotherUser adds the n-th other user with a queued reply.
func (f *fixture) replyToAnotherUser(n int) id.ID {
	f.Helper()
	u := user.User{ID: f.newID(), Number: number(n), Created: noon, Proven: noon}
	_, err := f.Users.AddProven(f.Context(), u)
	f.noError(err)
	d := f.draft("", 5)
	d.User = u.ID
	d.Room = f.newRoom(u.ID).ID
	f.accept(d)
	return d.Reply
}

// Another statement has locked the turn of the only user. Claim waits for it only shortly.
func TestClaimDoesNotWaitLongForALockedTurn(t *testing.T) {
	f := newFixture(t)
	first := f.queue(0)
	unlock := f.holdLocks(lockTurn, f.room.Owner)
	if tasks := f.claim(1, 1); len(tasks) != 0 {
		t.Errorf("Claim = %+v, want none while the user is locked", tasks)
	}
	unlock()
	if tasks := f.claim(1, 1); len(tasks) != 1 || tasks[0].Reply != first {
		t.Errorf("Claim = %+v, want the reply of the user", tasks)
	}
}

// Another statement has locked the turn of the first user. Claim does not wait for it, because
// another user has a reply, too.
func TestClaimSkipsALockedTurn(t *testing.T) {
	f := newFixture(t)
	f.queue(0)
	f.holdLocks(lockTurn, f.room.Owner)
	other := f.replyToAnotherUser(1)
	if tasks := f.claim(1, 1); len(tasks) != 1 || tasks[0].Reply != other {
		t.Errorf("Claim = %+v, want the reply of the other user", tasks)
	}
}

// A message is accepted after the time of a claim, but before the claim looks at the queue. Its turn is
// not stuck, so the claim leaves it alone: a repair would lock it against the claim that gets it. This
// holds also while the turn of an earlier reply is locked.
func TestClaimRepairsNoTurnOfALaterReply(t *testing.T) {
	f := newFixture(t)
	later := f.ask(f.room, noon)
	before := f.turnRow()
	wantNone := func() {
		t.Helper()
		if tasks := f.claimAt(noon.Add(-time.Millisecond), 1); len(tasks) != 0 {
			t.Errorf("Claim = %+v, want none before the reply is due", tasks)
		}
		if after := f.turnRow(); after != before {
			t.Errorf("the turn is the row %s after the claim, want the same row %s as before", after, before)
		}
	}
	wantNone()
	earlier := f.newRoom(f.addUser(1))
	f.ask(earlier, noon.Add(-time.Second))
	f.holdLocks(lockTurn, earlier.Owner)
	wantNone()
	if tasks := f.claimAt(noon, 1); len(tasks) != 1 || tasks[0].Reply != later {
		t.Errorf("Claim = %+v, want the reply when it is due", tasks)
	}
}

// turnRow returns where the row of the user's turn is stored. An update changes it.
func (f *fixture) turnRow() string {
	f.Helper()
	return queryValue[string](f.schema, `SELECT ctid::text FROM turns WHERE owner = $1`, f.room.Owner)
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

// ask accepts a message in a room at a time, which is also the rank of its reply.
func (f *fixture) ask(r chat.Room, at time.Time) id.ID {
	f.Helper()
	d := f.draft("", int(quota.Unlimited))
	d.User = r.Owner
	d.Room = r.ID
	d.Now = at
	f.accept(d)
	return d.Reply
}

// A crashed reply still counts as running. So it is claimed before other replies of its user, also
// after the user has cancelled a later reply of its room.
func TestCrashedReplyStaysFirstAfterACancel(t *testing.T) {
	f := newFixture(t)
	crashed := f.ask(f.room, noon)
	f.claim(1, 1)
	later := noon.Add(reply.Lease + time.Second)
	behind := f.ask(f.room, noon)
	f.ask(f.newRoom(f.room.Owner), noon.Add(-time.Hour))
	f.ask(f.newRoom(f.addUser(1)), noon.Add(-2*time.Hour))
	if tasks := f.claimAt(later, 1); len(tasks) != 1 || tasks[0].User == f.room.Owner {
		t.Fatalf("claimed %+v, want the reply of the other user, who waits longer", tasks)
	}
	cancel := ports.Cancel{
		Owner: f.room.Owner,
		Room:  f.room.ID,
		Reply: behind,
		Now:   later,
	}
	_, err := f.MessageChanges.Cancel(t.Context(), cancel)
	f.noError(err)
	if tasks := f.claimAt(later, 1); len(tasks) != 1 || tasks[0].Reply != crashed {
		t.Errorf("claimed %+v, want the crashed reply", tasks)
	}
}

// While a claim waits to make a crashed reply claimable again, another worker claims it.
func TestReplyThatIsClaimedAgainStaysRunning(t *testing.T) {
	f := newFixture(t)
	f.ask(f.room, noon)
	f.claim(1, 1)
	other := f.ask(f.newRoom(f.addUser(1)), noon)
	later := noon.Add(reply.Lease + time.Second)
	commit, _ := f.transaction(`
		WITH head AS (UPDATE heads SET state = 'running' WHERE state = 'running')
		UPDATE messages SET lease = $1, fence = 2 WHERE status = 'running'`, later.Add(reply.Lease))
	claim := start(func() ([]reply.Task, error) { return f.ReplyQueue.Claim(f.Context(), later, reply.Lease, 1, 1) })
	f.waitForBlocked(1)
	commit()
	if tasks, err := claim(); err != nil || len(tasks) != 1 || tasks[0].Reply != other {
		t.Errorf("Claim = %+v, %v, want the reply of the other user", tasks, err)
	}
	if state := queryValue[string](f.schema, `SELECT state FROM heads WHERE room = $1`, f.room.ID); state != "running" {
		t.Errorf("the head of the running reply is %s, want running", state)
	}
}
