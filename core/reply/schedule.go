package reply

import (
	"cmp"
	"slices"
	"time"

	"github.com/kuvaka-tech/parley/core/chat"
	"github.com/kuvaka-tech/parley/core/id"
)

// NextInRoom returns the reply of one room that may be claimed at now, or nil. A room has
// at most one running reply. Replies are claimed in the order of their prompts, so a
// reply that waits for its retry blocks the later ones of its room.
func NextInRoom(room []*Reply, now time.Time) *Reply {
	var head *Reply
	for _, r := range room {
		switch {
		case r.Status == chat.Running:
			head = r
		case r.Status == chat.Queued && (head == nil || head.Status != chat.Running && r.Born < head.Born):
			head = r
		}
	}
	if head == nil || !head.Claimable(now) {
		return nil
	}
	return head
}

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
