package sim

import (
	"context"
	"maps"
	"sync"
	"time"

	"github.com/kuvaka-tech/parley/adapters/memory"
	"github.com/kuvaka-tech/parley/core/chat"
	"github.com/kuvaka-tech/parley/core/id"
	"github.com/kuvaka-tech/parley/core/quota"
	"github.com/kuvaka-tech/parley/core/reply"
)

// truth records what the stores did, even if their callers got an error. Its mutex is held
// during each store operation, so that the records have the order of the operations.
type truth struct {
	mu      *sync.Mutex
	prompts map[id.ID]*exchange
	replies map[id.ID]*exchange
	texts   map[string]*exchange  // by each text that a prompt has had
	rooms   map[id.ID][]*exchange // in their order
	keys    map[string]id.ID      // the room of each request that was accepted under an idempotency key
	units   map[userDay]int       // units that were taken and not refunded
	refunds map[userDay]int       // units that were refunded
	fences  map[id.ID]int64       // the newest fence of each reply
	running map[id.ID]reply.Task  // by reply
	deleted map[id.ID]bool        // rooms
	chores  map[id.ID]choreCount  // by room

	deltas      map[chat.Attempt][]string
	unconfirmed map[chat.Attempt]bool // the last Append has failed, so the log may miss the end of the text
	unread      map[id.ID]int         // by room: how often a follower could not read the text
}

type userDay struct {
	user id.ID
	day  quota.Day
}

// exchange is a prompt and its reply.
type exchange struct {
	user, room, prompt, reply id.ID
	text                      string    // of the prompt
	day                       quota.Day // of the unit
	holdsUnit                 bool
	earlierTexts              []string // of the prompt
	earlierReplies            []string
	final                     *outcome // nil until the reply is final
	finals                    []outcome
	cancelled                 time.Time // when a cancel of the running reply was accepted
	liveFaults
}

// outcome is a final outcome of a reply.
type outcome struct {
	reply.Outcome
	fence int64
	liveFaults
}

// liveFaults says what the live log does not know of a reply.
type liveFaults struct {
	discarded  int64 // the newest attempt whose text was discarded because the reply was queued again
	textLost   bool  // followers may have seen text that its worker does not know
	endNotSeen bool  // the live log may have the text that the reply had before its user asked again
}

func newTruth() truth {
	return truth{
		mu:          &sync.Mutex{},
		prompts:     map[id.ID]*exchange{},
		replies:     map[id.ID]*exchange{},
		texts:       map[string]*exchange{},
		rooms:       map[id.ID][]*exchange{},
		keys:        map[string]id.ID{},
		units:       map[userDay]int{},
		refunds:     map[userDay]int{},
		fences:      map[id.ID]int64{},
		running:     map[id.ID]reply.Task{},
		deleted:     map[id.ID]bool{},
		chores:      map[id.ID]choreCount{},
		deltas:      map[chat.Attempt][]string{},
		unconfirmed: map[chat.Attempt]bool{},
		unread:      map[id.ID]int{},
	}
}

// checkCount: the count of a day is the number of units that were taken and not refunded.
func (w *world) checkCount(user id.ID, day quota.Day) {
	used, err := memory.MessageCounts{Store: w.store}.Count(context.Background(), user, day)
	if want := w.truth.units[userDay{user, day}]; err != nil || used != want || used < 0 {
		w.violate("the count of a day is %d, want %d (error %v)", used, want, err)
	}
}

// deleted records the deletion of a room.
func (w *world) deleted(roomID id.ID, do func() error) error {
	t := &w.truth
	t.mu.Lock()
	defer t.mu.Unlock()
	err := do()
	if err == nil {
		t.deleted[roomID] = true
		maps.DeleteFunc(t.running, func(_ id.ID, task reply.Task) bool { return task.Room == roomID })
	}
	return err
}

// isDeleted reports whether a room was deleted.
func (w *world) isDeleted(roomID id.ID) bool {
	w.truth.mu.Lock()
	defer w.truth.mu.Unlock()
	return w.truth.deleted[roomID]
}
