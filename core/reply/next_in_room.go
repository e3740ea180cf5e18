package reply

import (
	"time"

	"github.com/kuvaka-tech/parley/core/chat"
)

// NextInRoom returns the reply of one room that may be claimed at now, or nil. A room has
// at most one running reply. Replies are claimed in the order of their prompts, so a
// reply that waits for its retry blocks the later ones of its room. The memory store calls
// this function, and adapters/postgres/reply_queue_claim.go does the same in SQL.
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
