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
)

// turnOf is what a claim holds while it gives out an owner's places.
const turnOf = `SELECT pg_advisory_xact_lock(uuid_hash_extended($1, 0))`

// waiting is a reply in a room of its own, with a rank so far before noon.
func (t *talk) waiting(before time.Duration) id.ID {
	t.Helper()
	d := t.draft("", int(quota.Unlimited))
	d.Room, d.Pro.HeadStart, d.Basic.HeadStart = t.newRoom(t.room.Owner).ID, before, before
	t.accept(d)
	return d.Reply
}

func (t *talk) bounded(n, perUser int) []chat.Task {
	t.Helper()
	tasks, err := t.Work.Claim(t.Context(), noon, chat.Lease, n, perUser)
	t.ok(err)
	return tasks
}

// run is what another claim does to a reply, which is not committed before the test says so.
const run = `UPDATE messages SET status = 'running', lease = due + interval '10 s', fence = fence + 1, first_claim = due, owner = $2 WHERE id = $1`

// Another claim has an owner's turn. Whoever wants a place waits for the end of
// that, and then finds none; but others' replies are to be had meanwhile.
func TestClaimWaitsForAnOwnersTurn(t *testing.T) {
	a := newSchema(t).talk()
	first := a.waiting(0)
	turn := a.hold(turnOf, a.room.Owner)
	commit, _ := a.change(run, first, a.room.Owner)
	a.waiting(time.Minute)
	claimed := begin(func() ([]chat.Task, error) { return a.Work.Claim(a.Context(), noon, chat.Lease, 1, 1) })
	a.blocked(1)
	commit()
	turn()
	if tasks, err := claimed(); err != nil || len(tasks) != 0 {
		t.Errorf("claimed %+v (%v) past a bound of 1", tasks, err)
	}
}

// Between the moment that a claim sees the table and the one that it gets the
// turn, another claim can have come and gone.
func TestClaimCountsOnceItHasTheTurn(t *testing.T) {
	a := newSchema(t).talk()
	first, _ := a.waiting(0), a.waiting(time.Minute)
	a.exec(`ALTER FUNCTION running_of RENAME TO counted`)
	a.exec(`CREATE FUNCTION running_of(who uuid) RETURNS bigint LANGUAGE plpgsql AS 'BEGIN PERFORM FROM users FOR UPDATE; RETURN counted(who); END'`)
	release := a.hold(`SELECT FROM users FOR UPDATE`)
	claimed := begin(func() ([]chat.Task, error) { return a.Work.Claim(a.Context(), noon, chat.Lease, 1, 1) })
	a.blocked(1) // it has the turn, and counts
	a.exec(run, first, a.room.Owner)
	release()
	if tasks, err := claimed(); err != nil || len(tasks) != 0 {
		t.Errorf("claimed %+v (%v) past a bound of 1", tasks, err)
	}
	if v := one[string](a.schema, `SELECT provolatile::text FROM pg_proc WHERE proname = 'counted' AND pronamespace = current_schema()::regnamespace`); v != "v" {
		t.Errorf("running_of has volatility %s, and sees no more than the statement around it", v)
	}
}

// Eight claim, and end what they claimed, while messages come: at no moment that
// anybody sees has the owner more running than the bound, and all are answered.
func TestEightClaimers(t *testing.T) {
	const claimers, messages, bound = 8, 200, 3
	a := newSchema(t).talk()
	ctx, stop := context.WithTimeout(t.Context(), time.Minute)
	defer stop()
	var all sync.WaitGroup
	var mu sync.Mutex
	left := messages
	done := func() bool { mu.Lock(); defer mu.Unlock(); return left <= 0 || ctx.Err() != nil }
	for range claimers {
		all.Go(func() {
			for !done() {
				tasks, err := a.Work.Claim(ctx, noon, chat.Lease, 1+rand.IntN(3), bound)
				for _, task := range tasks {
					if _, err := a.Work.Finish(ctx, task.Reply, task.Fence, chat.Outcome{Status: chat.Done, Content: "Hoo."}, noon); err != nil {
						t.Error(err)
					}
					mu.Lock()
					left--
					mu.Unlock()
				}
				a.report(err)
			}
		})
	}
	all.Go(func() {
		for range messages {
			a.waiting(time.Duration(rand.IntN(100)) * time.Second) // often before those that wait
		}
	})
	for !done() {
		var most int
		a.ok(a.conn.QueryRow(ctx, `SELECT count(*) FROM messages WHERE status = 'running'`).Scan(&most))
		if most > bound {
			t.Errorf("%d run at once, the bound is %d", most, bound)
		}
	}
	all.Wait()
	if left > 0 {
		t.Errorf("%d of %d not answered in time", left, messages)
	}
}
