package chat

import (
	"cmp"
	"slices"

	"github.com/kuvaka-tech/parley/core/id"
)

// Turns says which of the claimable replies are claimed now: the lowest Rank
// first, n at most, and of one user no more than perUser less those that have
// their claim already, which are running; 0 bounds nobody. A lease that ran out
// still has its place. held are the others that perUser keeps back, in the same order.
func Turns(due []*Reply, running map[id.ID]int, perUser, n int) (taken, held []*Reply) {
	due, busy := slices.Clone(due), map[id.ID]int{}
	slices.SortFunc(due, func(a, b *Reply) int { return cmp.Or(a.Rank.Compare(b.Rank), cmp.Compare(a.ID, b.ID)) })
	for _, r := range due {
		if r.Status != Running && perUser > 0 && running[r.User]+busy[r.User] >= perUser {
			held = append(held, r)
			continue
		}
		if len(taken) < n {
			taken = append(taken, r)
		}
		if r.Status != Running {
			busy[r.User]++
		}
	}
	return taken, held
}
