package reply

import (
	"time"
)

// NextInRoom returns the reply of one room that may be claimed at now, or nil. Replies are
// claimed in the order of their prompts, so only the oldest unfinished reply can be claimed. A
// reply that is running or waits for its retry blocks the later ones of its room. The memory
// store calls this function. In the Postgres store, the table heads has the oldest unfinished
// reply of each room.
func NextInRoom(room []*Reply, now time.Time) *Reply {
	var head *Reply
	for _, r := range room {
		if !r.Status.Final() && (head == nil || r.Born < head.Born) {
			head = r
		}
	}
	if head == nil || !head.Claimable(now) {
		return nil
	}
	return head
}
