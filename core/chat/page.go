package chat

import (
	"github.com/kuvaka-tech/parley/core/id"
)

// Query selects a page of a room. Without Before and After it selects the newest
// messages. At most one of Before and After is set.
type Query struct {
	Owner, Room id.ID
	Before      *int64 // selects the newest messages that were added before this revision
	After       *int64 // selects the messages that changed after this revision
	Limit       int    // the maximum number of messages
}

// Page is the result of a Query. Its messages are sorted by Born, the oldest first.
// With Query.After they are sorted by Rev, the earliest change first.
type Page struct {
	Messages []Message
	Rev      int64 // the room's revision when the page was read
	More     bool  // whether the query would select more messages without its Limit
}
