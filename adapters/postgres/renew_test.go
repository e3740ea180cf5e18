package postgres_test

import (
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/kuvaka-tech/parley/adapters/postgres"
	"github.com/kuvaka-tech/parley/core/chat"
)

// running are claimed replies, each in a room of its own.
func (t *talk) running(n int) []chat.Task {
	t.Helper()
	for range n {
		d := t.draft("", -1)
		d.Room = t.newRoom(t.room.Owner).ID
		t.accept(d)
	}
	tasks, err := t.Work.Claim(t.Context(), noon, chat.Lease, n, 0)
	t.ok(err)
	if len(tasks) != n {
		t.Fatalf("%d claimed, want %d", len(tasks), n)
	}
	return tasks
}

// renew renews all at once.
func (t *talk) renew(tasks []chat.Task) (wait func()) {
	var all sync.WaitGroup
	for _, task := range tasks {
		all.Go(func() {
			if err := t.Work.Renew(t.Context(), task.Reply, task.Fence, noon, time.Hour); err != nil {
				t.Error(err)
			}
		})
	}
	return all.Wait
}

func (t *talk) renewed() int {
	t.Helper()
	return one[int](t.schema, `SELECT count(*) FROM messages WHERE lease = $1`, noon.Add(time.Hour))
}

// Leases are renewed though all connections are busy with other work, such as
// Finish on a database that got slow.
func TestRenewWaitsForNoWork(t *testing.T) {
	s := newSchema(t, "pool_max_conns=2")
	db := s.open()
	a := s.talkOn(db)
	tasks := a.running(20)
	free, err := db.Occupy(t.Context(), 2)
	a.ok(err)
	defer free()
	a.renew(tasks)()
	if n := a.renewed(); n != 20 {
		t.Errorf("%d of 20 leases are renewed", n)
	}
}

// One reply that another statement holds keeps nobody else's lease from being renewed.
func TestRenewPassesOverWhatIsLocked(t *testing.T) {
	a := newSchema(t).talk()
	tasks := a.running(20)
	release := a.hold(`SELECT FROM messages WHERE id = $1 FOR UPDATE`, tasks[7].Reply)
	wait := a.renew(tasks)
	a.blocked(1) // which asks alone, after all others
	if n := a.renewed(); n != 19 {
		t.Errorf("%d of 19 leases are renewed", n)
	}
	release()
	wait()
	if n := a.renewed(); n != 20 {
		t.Errorf("%d of 20 leases are renewed", n)
	}
}

// What fails for all is told to each.
func TestRenewOnADatabaseThatIsAway(t *testing.T) {
	s := newSchema(t)
	db := s.open()
	a := s.talkOn(db)
	tasks := a.running(5)
	a.ok(db.Close())
	for _, task := range tasks {
		if err := (postgres.Work{DB: db}).Renew(t.Context(), task.Reply, task.Fence, noon, time.Hour); err == nil || errors.Is(err, chat.ErrLost) {
			t.Errorf("it failed with %v", err)
		}
	}
}
