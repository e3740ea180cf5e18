package portstest

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"

	"github.com/kuvaka-tech/parley/core/chat"
	"github.com/kuvaka-tech/parley/core/fault"
	"github.com/kuvaka-tech/parley/core/id"
	"github.com/kuvaka-tech/parley/core/reply"
)

const (
	feedWriters      = 4
	changesPerWriter = 60
)

// The writers change the rooms of two users. One follower polls all the time, one from time
// to time, and one only at the end. For one, others poll between two parts.
func (t *storeTest) feedRace() {
	shared := &sharedRooms{rooms: []chat.Room{t.addRoom(), t.addRoom()}}
	owner := shared.rooms[0].Owner
	often, seldom, last := t.newFeedFollower(owner), t.newFeedFollower(owner), t.newFeedFollower(owner)
	parts := t.newFeedFollower(owner)
	for _, group := range t.addLongRooms(owner, 40) {
		shared.rooms = append(shared.rooms, group...)
	}
	written := make(chan error, 1)
	go func() {
		written <- errors.Join(concurrently(feedWriters, func(i int) error {
			w := &feedWriter{storeTest: t, sharedRooms: shared, random: rand.New(rand.NewPCG(uint64(i), 1))}
			return w.run()
		})...)
	}()
	for polls := 1; len(written) == 0; polls++ {
		t.poll(often)
		t.pollPart(parts)
		if polls%20 == 0 {
			t.poll(seldom)
		}
	}
	must(t, <-written)
	for _, f := range []*feedFollower{often, seldom, last, parts, t.newFeedFollower(owner)} {
		t.wantCopy(f)
	}
}

// sharedRooms are the rooms that the writers change.
type sharedRooms struct {
	mu    sync.Mutex
	rooms []chat.Room
}

func (s *sharedRooms) add(r chat.Room) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.rooms = append(s.rooms, r)
}

// pick returns a random one of the newest rooms, most of which still exist, and sometimes an
// older one.
func (s *sharedRooms) pick(random *rand.Rand) chat.Room {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := len(s.rooms)
	if random.IntN(4) == 0 {
		return s.rooms[random.IntN(n)]
	}
	return s.rooms[n-1-random.IntN(min(n, 5))]
}

// feedWriter makes random changes.
type feedWriter struct {
	*storeTest
	*sharedRooms
	random *rand.Rand
}

// run makes all changes. A change may fail because another writer has changed or deleted
// the room.
func (w *feedWriter) run() error {
	for range changesPerWriter {
		err := w.change(w.pick(w.random))
		kind := fault.Of(err).Kind
		if err != nil && kind != fault.Conflict && kind != fault.NotFound {
			return err
		}
	}
	return nil
}

func (w *feedWriter) change(r chat.Room) error {
	switch w.random.IntN(12) {
	case 0:
		return w.addRoomOfOwner(r.Owner)
	case 1:
		return w.rename(r, fmt.Sprint("Bats ", w.random.Int()))
	case 2:
		return w.Rooms.Delete(w.ctx, r.Owner, r.ID)
	case 3, 4, 5:
		return w.answer()
	case 6, 7, 8:
		return w.changeMessage(r)
	default:
		return w.sendTo(r)
	}
}

func (w *feedWriter) addRoomOfOwner(owner id.ID) error {
	r := chat.Room{
		ID:      newID(w),
		Owner:   owner,
		Name:    "Owls",
		Created: midday,
		Updated: midday,
	}
	if err := w.Rooms.Add(w.ctx, r); err != nil {
		return err
	}
	w.add(r)
	return nil
}

// answer claims a reply and finishes it, or lets its lease expire immediately.
func (w *feedWriter) answer() error {
	tasks, err := w.ReplyQueue.Claim(w.ctx, midday, 0, 1, 0)
	if err != nil || len(tasks) == 0 {
		return err
	}
	outcomes := []reply.Outcome{answered, failed, retryAt(midday), reply.CancelledOutcome("", manyRefunds)}
	n := w.random.IntN(len(outcomes) + 1)
	if tasks[0].Cancelling {
		n = len(outcomes) - 1
	}
	if n == len(outcomes) {
		return nil
	}
	return errorOf(w.ReplyQueue.Finish(w.ctx, tasks[0].Reply, tasks[0].Fence, outcomes[n], midday))
}

// changeMessage edits, retries or cancels one of the last messages of the room.
func (w *feedWriter) changeMessage(r chat.Room) error {
	page, err := w.Messages.Page(w.ctx, chat.Query{Owner: r.Owner, Room: r.ID, Limit: 2})
	if err != nil || len(page.Messages) == 0 {
		return err
	}
	x := exchange{Room: r, prompt: page.Messages[0].ID, reply: page.Messages[1].ID}
	switch w.random.IntN(3) {
	case 0:
		e := x.edit("Bats?", midday)
		e.Basic = unlimitedTerms
		return errorOf(w.MessageChanges.Edit(w.ctx, e))
	case 1:
		again := x.again(midday)
		again.Basic = unlimitedTerms
		return errorOf(w.MessageChanges.Retry(w.ctx, again))
	}
	return errorOf(w.MessageChanges.Cancel(w.ctx, x.stop(midday)))
}
