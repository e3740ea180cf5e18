package reply

import (
	"cmp"
	"slices"

	"github.com/kuvaka-tech/parley/core/chat"
	"github.com/kuvaka-tech/parley/core/id"
)

// Schedule selects the replies to claim now: at most n of the claimable ones, the lowest
// Rank first. No user gets more than perUser running replies. perUser 0 means no limit.
// running is the number of running replies of each user. It includes replies whose lease
// has expired, so claiming such a reply needs no free slot of its user. deferred are the
// replies that perUser excludes, also in the order of Rank.
func Schedule(claimable []*Reply, running map[id.ID]int, n, perUser int) (claimed, deferred []*Reply) {
	claimable = slices.Clone(claimable)
	slices.SortFunc(claimable, func(a, b *Reply) int { return cmp.Or(a.Rank.Compare(b.Rank), cmp.Compare(a.ID, b.ID)) })
	started := map[id.ID]int{}
	for _, r := range claimable {
		if r.Status != chat.Running && perUser > 0 && running[r.User]+started[r.User] >= perUser {
			deferred = append(deferred, r)
			continue
		}
		if len(claimed) < n {
			claimed = append(claimed, r)
		}
		if r.Status != chat.Running {
			started[r.User]++
		}
	}
	return claimed, deferred
}
