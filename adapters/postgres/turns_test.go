package postgres_test

import (
	"errors"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"github.com/kuvaka-tech/parley/core/chat"
	"github.com/kuvaka-tech/parley/core/fault"
	"github.com/kuvaka-tech/parley/core/id"
	"github.com/kuvaka-tech/parley/core/reply"
	"github.com/kuvaka-tech/parley/core/user"
	"github.com/kuvaka-tech/parley/ports"
)

// turnsRun changes the replies of a few users from many goroutines.
type turnsRun struct {
	*fixture
	perUser int

	mu      sync.Mutex
	now     time.Time
	rooms   []chat.Room
	asked   map[id.ID]chat.Draft // by reply
	running []reply.Task
}

// In 300 rounds, 12 goroutines change the replies of 4 users in all ways that exist. In every
// snapshot, turns and heads must follow from the messages, and no call may fail because of
// another one.
func TestTurnsFollowFromTheMessages(t *testing.T) {
	run := newTurnsRun(t)
	for range 300 {
		run.round()
		if t.Failed() {
			return
		}
	}
	t.Logf("%d replies were asked for", len(run.asked))
	if len(run.asked) < 300 {
		t.Errorf("%d replies were asked for, want at least one in a round", len(run.asked))
	}
}

func newTurnsRun(t *testing.T) *turnsRun {
	run := &turnsRun{fixture: newFixture(t), perUser: 2, now: noon, asked: map[id.ID]chat.Draft{}}
	run.rooms = append(run.rooms, run.room)
	for n := range 3 {
		u := user.User{ID: run.newID(), Number: number(n + 1), Created: noon, Proven: noon}
		_, err := run.Users.AddProven(run.Context(), u)
		run.noError(err)
		run.rooms = append(run.rooms, run.newRoom(u.ID))
	}
	for range 2 {
		for _, r := range run.rooms[:4] {
			run.rooms = append(run.rooms, run.newRoom(r.Owner))
		}
	}
	return run
}

// round runs random changes concurrently and checks snapshots during them.
func (run *turnsRun) round() {
	var changes sync.WaitGroup
	run.mu.Lock()
	run.now = run.now.Add(time.Duration(rand.IntN(4)) * time.Second)
	run.mu.Unlock()
	for range 12 {
		changes.Go(func() {
			for range 3 {
				run.change()
			}
		})
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		changes.Wait()
	}()
	for end := false; !end; {
		select {
		case <-done:
			end = true
		default:
		}
		run.checkTurns(run.perUser)
	}
}

// change makes one random change. A conflict with another change is no failure.
func (run *turnsRun) change() {
	var err error
	switch n := rand.IntN(100); {
	case n < 40:
		err = run.send()
	case n < 65:
		err = run.claimSome()
	case n < 85:
		err = run.finishOne()
	case n < 90:
		err = run.changeOne(func(d chat.Draft, now time.Time) error {
			_, err := run.MessageChanges.Cancel(run.Context(),
				ports.Cancel{Owner: d.User, Room: d.Room, Reply: d.Reply, Now: now})
			return err
		})
	case n < 94:
		err = run.changeOne(func(d chat.Draft, now time.Time) error {
			d.Now = now
			_, err := run.MessageChanges.Retry(run.Context(), chat.Retry{Ask: d.Ask, Reply: d.Reply})
			return err
		})
	case n < 98:
		err = run.changeOne(func(d chat.Draft, now time.Time) error {
			d.Now = now
			_, err := run.MessageChanges.Edit(run.Context(), chat.Edit{Ask: d.Ask, Prompt: d.Prompt, Text: "Hoo!"})
			return err
		})
	default:
		err = run.replaceRoom()
	}
	var conflict *fault.Error
	if !errors.As(err, &conflict) {
		run.report(err)
	}
}

// pick returns a random room and the time of the round.
func (run *turnsRun) pick() (index int, r chat.Room, now time.Time) {
	run.mu.Lock()
	defer run.mu.Unlock()
	index = rand.IntN(len(run.rooms))
	return index, run.rooms[index], run.now
}

func (run *turnsRun) send() error {
	_, r, now := run.pick()
	d := run.draft("", -1)
	d.User = r.Owner
	d.Room = r.ID
	d.Now = now
	_, err := run.Messages.Accept(run.Context(), d)
	run.mu.Lock()
	defer run.mu.Unlock()
	run.asked[d.Reply] = d
	return err
}

func (run *turnsRun) claimSome() error {
	_, _, now := run.pick()
	tasks, err := run.ReplyQueue.Claim(run.Context(), now, reply.Lease, 1+rand.IntN(4), run.perUser)
	run.mu.Lock()
	defer run.mu.Unlock()
	run.running = append(run.running, tasks...)
	return err
}

// finishOne ends the last claim. It does not end one of five claims, so that their leases expire.
func (run *turnsRun) finishOne() error {
	_, _, now := run.pick()
	run.mu.Lock()
	if len(run.running) == 0 {
		run.mu.Unlock()
		return nil
	}
	task := run.running[len(run.running)-1]
	run.running = run.running[:len(run.running)-1]
	run.mu.Unlock()
	outcomes := []reply.Outcome{
		{Status: chat.Done, Content: "Hoo."},
		{Status: chat.Queued, RetryAt: now.Add(time.Second)},
		{Status: chat.Queued, RetryAt: now},
		reply.CancelledOutcome("", 10),
	}
	if rand.IntN(5) == 0 {
		return nil
	}
	_, err := run.ReplyQueue.Finish(run.Context(), task.Reply, task.Fence, outcomes[rand.IntN(len(outcomes))], now)
	return err
}

// changeOne changes a random reply.
func (run *turnsRun) changeOne(change func(d chat.Draft, now time.Time) error) error {
	_, _, now := run.pick()
	run.mu.Lock()
	var chosen chat.Draft
	for _, chosen = range run.asked {
		break
	}
	run.mu.Unlock()
	if chosen.Reply == "" {
		return nil
	}
	return change(chosen, now)
}

// replaceRoom deletes a room with its replies, and adds another one.
func (run *turnsRun) replaceRoom() error {
	index, r, _ := run.pick()
	added := chat.Room{ID: run.newID(), Owner: r.Owner, Name: "Owls", Created: noon, Updated: noon}
	if err := run.Rooms.Add(run.Context(), added); err != nil {
		return err
	}
	run.mu.Lock()
	run.rooms[index] = added
	run.mu.Unlock()
	return run.Rooms.Delete(run.Context(), r.Owner, r.ID)
}
