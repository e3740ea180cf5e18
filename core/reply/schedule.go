package reply

import (
	"cmp"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/kuvaka-tech/parley/core/id"
)

// Queue is the state of the queue from which Schedule selects replies.
type Queue struct {
	Claimable []*Reply        // at most one of each room
	Running   map[id.ID]int   // the running replies of each user, without those whose lease has expired
	Turns     map[id.ID]*Turn // of each user with a claimable reply
}

// Schedule selects up to n replies to claim at now. Each goes to the user who is next by the
// rules of Turn, and is the claimable reply of that user with the lowest Rank. A reply whose
// lease has expired comes before the others, because it is still running. No user gets more
// than perUser running replies. perUser 0 means no limit. Schedule updates the turns.
func (q Queue) Schedule(now time.Time, n, perUser int) (claimed []*Reply) {
	waiting := map[id.ID][]*Reply{}
	for _, r := range q.Claimable {
		waiting[r.User] = append(waiting[r.User], r)
	}
	for _, replies := range waiting {
		slices.SortFunc(replies, byRank)
	}
	started := map[id.ID]int{}
	isOpen := func(userID id.ID) bool {
		return len(waiting[userID]) > 0 && (perUser == 0 || q.Running[userID]+started[userID] < perUser)
	}
	for len(claimed) < n {
		next := q.first(slices.DeleteFunc(slices.Collect(maps.Keys(waiting)), func(u id.ID) bool { return !isOpen(u) }))
		if next == "" {
			break
		}
		claimed = append(claimed, waiting[next][0])
		waiting[next] = waiting[next][1:]
		started[next]++
		atLimit := perUser > 0 && q.Running[next]+started[next] >= perUser
		q.Turns[next].Serve(now, atLimit, len(waiting[next]) > 0)
	}
	return claimed
}

// byRank compares two replies of a user.
func byRank(a, b *Reply) int {
	crashedFirst := strings.Compare(string(b.Status), string(a.Status)) // running before queued
	return cmp.Or(crashedFirst, a.Rank.Compare(b.Rank), cmp.Compare(a.ID, b.ID))
}

// first returns the user to serve next, or "" if there are no users. It finds the first user of
// each plan, and compares these users with each other.
func (q Queue) first(users []id.ID) (next id.ID) {
	inPlan := map[time.Duration]id.ID{}
	for _, u := range users {
		plan := q.Turns[u].HeadStart
		inPlan[plan] = q.earlier(inPlan[plan], u, (*Turn).inPlan)
	}
	for _, u := range inPlan {
		next = q.earlier(next, u, (*Turn).betweenPlans)
	}
	return next
}

// earlier returns the user whose turn has the earlier time. a may be "" for no user.
func (q Queue) earlier(a, b id.ID, when func(*Turn) time.Time) id.ID {
	if a == "" || cmp.Or(when(q.Turns[b]).Compare(when(q.Turns[a])), cmp.Compare(b, a)) < 0 {
		return b
	}
	return a
}
