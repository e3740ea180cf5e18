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

// isHead reports whether r is the oldest unfinished reply of the room.
func isHead(r *reply.Reply, room []*reply.Reply) bool {
	if r.Status.Final() {
		return false
	}
	return !slices.ContainsFunc(room, func(o *reply.Reply) bool { return !o.Status.Final() && o.Born < r.Born })
}

// newDue returns a queued reply whose rank is that many seconds after noon.
func newDue(userID, replyID string, second int) *reply.Reply {
	return &reply.Reply{
		User:    id.ID(userID),
		Rank:    noon.Add(time.Duration(second) * time.Second),
		Message: chat.Message{ID: id.ID(replyID), Status: chat.Queued},
	}
}

func idsOf(replies []*reply.Reply) string {
	var all []id.ID
	for _, r := range replies {
		all = append(all, r.ID)
	}
	return fmt.Sprint(all)
}

// queueOf returns a queue of these replies. The turn of each user starts with the lowest rank.
func queueOf(replies ...*reply.Reply) reply.Queue {
	q := reply.Queue{Claimable: replies, Running: map[id.ID]int{}, Turns: map[id.ID]*reply.Turn{}}
	for _, r := range replies {
		if t := q.Turns[r.User]; t == nil || r.Rank.Before(t.Since) {
			q.Turns[r.User] = &reply.Turn{Since: r.Rank}
		}
	}
	return q
}

func TestScheduleTakesTurns(t *testing.T) {
	const perUser = 2
	ofA := func(n int) map[id.ID]int { return map[id.ID]int{"a": n} }
	a1, a2, a3 := newDue("a", "a1", 1), newDue("a", "a2", 2), newDue("a", "a3", 3)
	b9, c2 := newDue("b", "b9", 9), newDue("c", "c2", 2)
	all := []*reply.Reply{a3, b9, a1, a2, c2}
	for name, c := range map[string]struct {
		claimable  []*reply.Reply
		running    map[id.ID]int
		perUser, n int
		want       string
	}{
		"nothing is claimable":        {perUser: 2, n: 5, want: "[]"},
		"a user with many comes last": {claimable: all, n: 9, want: "[a1 c2 b9 a2 a3]"},
		"at most n":                   {claimable: all, n: 2, want: "[a1 c2]"},
		"at most perUser":             {claimable: all, perUser: 2, n: 9, want: "[a1 c2 b9 a2]"},
		"running replies count":       {claimable: all, running: ofA(1), perUser: perUser, n: 9, want: "[a1 c2 b9]"},
		"the user is at the limit":    {claimable: all, running: ofA(2), perUser: perUser, n: 9, want: "[c2 b9]"},
		"the user is over the limit":  {claimable: all, running: ofA(7), perUser: perUser, n: 9, want: "[c2 b9]"},
		"another user is at the limit": {
			running: map[id.ID]int{"d": 7}, claimable: all, perUser: perUser, n: 9, want: "[a1 c2 b9 a2]",
		},
		"a limit of one": {claimable: all, perUser: 1, n: 9, want: "[a1 c2 b9]"},
	} {
		q := queueOf(c.claimable...)
		if c.running != nil {
			q.Running = c.running
		}
		if got := idsOf(q.Schedule(noon.Add(time.Minute), c.n, c.perUser)); got != c.want {
			t.Errorf("%s: claimed %s, want %s", name, got, c.want)
		}
	}
}

// No user exceeds the limit, and no user waits because of another one's backlog.
func TestScheduleManyUsers(t *testing.T) {
	for seed := range uint64(300) {
		r := rand.New(rand.NewPCG(seed, 1))
		perUser := 1 + r.IntN(4)
		waiting := map[id.ID]int{}
		var all []*reply.Reply
		for i := range r.IntN(40) {
			userID := fmt.Sprint("user", r.IntN(5))
			all = append(all, newDue(userID, fmt.Sprint("reply", i), r.IntN(9)))
			waiting[id.ID(userID)]++
		}
		q := queueOf(all...)
		for userID := range waiting {
			q.Running[userID] = r.IntN(perUser + 1)
		}
		got := map[id.ID]int{}
		for _, job := range q.Schedule(noon, len(all), perUser) {
			got[job.User]++
		}
		for userID, n := range waiting {
			if want := min(n, perUser-q.Running[userID]); got[userID] != want {
				t.Errorf("seed %d: %s has %d waiting and %d running with a limit of %d: claimed %d, want %d",
					seed, userID, n, q.Running[userID], perUser, got[userID], want)
			}
		}
	}
}

// Users who always have a claimable reply get numbers of claims that differ by one at most,
// also when the clock does not move.
func TestScheduleIsFair(t *testing.T) {
	q := queueOf()
	for i := range 40 {
		userID := id.ID(fmt.Sprint("user", i))
		q.Turns[userID] = &reply.Turn{Since: noon}
		for n := range 50 {
			q.Claimable = append(q.Claimable, newDue(string(userID), fmt.Sprint(userID, n), i))
		}
	}
	claims := map[id.ID]int{}
	for _, r := range q.Schedule(noon, 730, 0) {
		claims[r.User]++
	}
	for userID, n := range claims {
		if n != 18 && n != 19 {
			t.Errorf("%s got %d of 730 claims, want 18 or 19", userID, n)
		}
	}
}
