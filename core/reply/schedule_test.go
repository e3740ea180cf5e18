package reply_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/kuvaka-tech/parley/core/chat"
	"github.com/kuvaka-tech/parley/core/id"
	"github.com/kuvaka-tech/parley/core/reply"
)

// A room answers one prompt at a time and in order. A reply that waits blocks the later ones.
func TestNextInRoomKeepsTheOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		room := drawRoom(t)
		next := reply.NextInRoom(room, noon)
		if next != nil && !next.Claimable(noon) {
			t.Fatalf("NextInRoom returned %s, which is not claimable", next.ID)
		}
		for _, r := range room {
			if next == nil && r.Claimable(noon) && isHead(r, room) {
				t.Fatalf("NextInRoom returned nil, but %s is the head of the room and claimable", r.ID)
			}
			if next != nil && r != next && isHead(r, room) {
				t.Fatalf("NextInRoom returned %s, but %s is the head of the room", next.ID, r.ID)
			}
		}
	})
}

// drawRoom returns replies in any status, at most one of them running, in a random order.
func drawRoom(t *rapid.T) []*reply.Reply {
	statuses := []chat.Status{chat.Queued, chat.Running, chat.Done, chat.Failed, chat.Cancelled}
	var room []*reply.Reply
	running := false
	for i := range rapid.IntRange(0, 6).Draw(t, "replies") {
		r := newQueued(i)
		r.Status = rapid.SampledFrom(statuses).Draw(t, "status")
		if r.Status == chat.Running && running {
			r.Status = chat.Done
		}
		running = running || r.Status == chat.Running
		r.Due = noon.Add(time.Duration(rapid.IntRange(-1, 1).Draw(t, "due")) * time.Second)
		r.LeaseExpires = r.Due
		room = append(room, r)
	}
	return rapid.Permutation(room).Draw(t, "order")
}

// isHead reports whether r is the running reply of the room, or its oldest queued one if none is running.
func isHead(r *reply.Reply, room []*reply.Reply) bool {
	if r.Status.Final() {
		return false
	}
	for _, o := range room {
		before := o.Status == chat.Running || r.Status != chat.Running && o.Born < r.Born
		if o != r && !o.Status.Final() && before {
			return false
		}
	}
	return true
}

// newDue returns a queued reply whose rank is that many seconds after noon.
func newDue(userID, replyID string, second int) *reply.Reply {
	return &reply.Reply{
		User:    id.ID(userID),
		Rank:    noon.Add(time.Duration(second) * time.Second),
		Message: chat.Message{ID: id.ID(replyID), Status: chat.Queued},
	}
}

// newExpired returns a running reply whose lease has expired.
func newExpired(userID, replyID string, second int) *reply.Reply {
	r := newDue(userID, replyID, second)
	r.Status = chat.Running
	return r
}

func idsOf(replies []*reply.Reply) string {
	var all []id.ID
	for _, r := range replies {
		all = append(all, r.ID)
	}
	return fmt.Sprint(all)
}

func TestSchedule(t *testing.T) {
	a1, a2, a3 := newDue("a", "a1", 1), newDue("a", "a2", 2), newDue("a", "a3", 3)
	b9, c2 := newDue("b", "b9", 9), newDue("c", "c2", 2)
	expiredA2, expiredA3 := newExpired("a", "a2", 2), newExpired("a", "a3", 3)
	all := []*reply.Reply{a3, b9, a1, a2, c2}
	for name, c := range map[string]struct {
		due               []*reply.Reply
		running           map[id.ID]int
		perUser, n        int
		claimed, deferred string
	}{
		"nothing is due": {
			perUser: 2, n: 5, claimed: "[]", deferred: "[]",
		},
		"in the order of ranks": {
			due: all, n: 9, claimed: "[a1 a2 c2 a3 b9]", deferred: "[]",
		},
		"at most n": {
			due: all, n: 3, claimed: "[a1 a2 c2]", deferred: "[]",
		},
		"at most perUser": {
			due: all, perUser: 2, n: 9, claimed: "[a1 a2 c2 b9]", deferred: "[a3]",
		},
		"running replies count": {
			due: all, running: map[id.ID]int{"a": 1}, perUser: 2, n: 9, claimed: "[a1 c2 b9]", deferred: "[a2 a3]",
		},
		"user is at the limit": {
			due: all, running: map[id.ID]int{"a": 2}, perUser: 2, n: 9, claimed: "[c2 b9]", deferred: "[a1 a2 a3]",
		},
		"user is over the limit": {
			due: all, running: map[id.ID]int{"a": 7}, perUser: 2, n: 9, claimed: "[c2 b9]", deferred: "[a1 a2 a3]",
		},
		"another user is over the limit": {
			due: all, running: map[id.ID]int{"d": 7}, perUser: 2, n: 9, claimed: "[a1 a2 c2 b9]", deferred: "[a3]",
		},
		"a limit of one": {
			due: all, perUser: 1, n: 9, claimed: "[a1 c2 b9]", deferred: "[a2 a3]",
		},
		"deferred even if n is 0": {
			due: all, perUser: 1, n: 0, claimed: "[]", deferred: "[a2 a3]",
		},
		"not deferred if only n excludes it": {
			due: all, perUser: 3, n: 1, claimed: "[a1]", deferred: "[]",
		},
		"an expired lease keeps its slot": {
			due: []*reply.Reply{a1, expiredA2, expiredA3}, running: map[id.ID]int{"a": 2}, perUser: 2, n: 9,
			claimed: "[a2 a3]", deferred: "[a1]",
		},
		"one slot free beside an expired lease": {
			due: []*reply.Reply{a1, expiredA2, a3}, running: map[id.ID]int{"a": 1}, perUser: 2, n: 9,
			claimed: "[a1 a2]", deferred: "[a3]",
		},
	} {
		claimed, deferred := reply.Schedule(c.due, c.running, c.n, c.perUser)
		if idsOf(claimed) != c.claimed || idsOf(deferred) != c.deferred {
			t.Errorf("%s: claimed %s, deferred %s; want %s and %s",
				name, idsOf(claimed), idsOf(deferred), c.claimed, c.deferred)
		}
	}
}

// No user exceeds the limit, and no user is deferred because of another one.
func TestScheduleManyUsers(t *testing.T) {
	for seed := range uint64(300) {
		r := rand.New(rand.NewPCG(seed, 1))
		perUser := 1 + r.IntN(4)
		running, waiting := map[id.ID]int{}, map[id.ID]int{}
		var all []*reply.Reply
		for i := range r.IntN(40) {
			userID := fmt.Sprint("user", r.IntN(5))
			all = append(all, newDue(userID, fmt.Sprint("reply", i), r.IntN(9)))
			waiting[id.ID(userID)]++
		}
		for userID := range waiting {
			running[userID] = r.IntN(perUser + 1)
		}
		claimed, deferred := reply.Schedule(all, running, len(all), perUser)
		got := map[id.ID]int{}
		for _, job := range claimed {
			got[job.User]++
		}
		for userID, n := range waiting {
			if want := min(n, perUser-running[userID]); got[userID] != want {
				t.Errorf("seed %d: %s has %d waiting and %d running with a limit of %d: claimed %d, want %d",
					seed, userID, n, running[userID], perUser, got[userID], want)
			}
		}
		if both := slices.Concat(claimed, deferred); len(both) != len(all) {
			t.Errorf("seed %d: %d of %d replies were claimed or deferred, want all", seed, len(both), len(all))
		}
	}
}
