package chat

import (
	"time"

	"github.com/kuvaka-tech/parley/core/fault"
	"github.com/kuvaka-tech/parley/core/id"
)

// FeedTTL is how long the store remembers deleted rooms, so that a follower of all rooms
// learns about them. A follower who was away for longer has to load the rooms again.
const FeedTTL = 24 * time.Hour

// FeedPosition is a position in the changes of all rooms of a user. Only the store that
// returned it can interpret it.
type FeedPosition int64

// Feed is the state of a user's rooms at a position.
type Feed struct {
	Running []Message // the running replies of the user
	At      FeedPosition
}

// FeedChanges is what changed in a user's rooms between two positions. It may also contain
// changes that the follower already knows.
type FeedChanges struct {
	Rooms   []RoomChange
	Deleted []id.ID // deleted rooms
	At      FeedPosition
}

// RoomChange is a room that was added, or that has new settings or new or changed messages.
type RoomChange struct {
	Room
	FromRev int64 // the follower knows the messages up to this revision of the room
}

// ErrPositionUnknown means that the store cannot tell what changed since a position, for
// example because it was restored from a backup. The follower has to load the rooms again.
var ErrPositionUnknown = fault.New(fault.Conflict, "resync", "The changes since this position are unknown.")
