package chat

import (
	"time"

	"github.com/kuvaka-tech/parley/core/fault"
	"github.com/kuvaka-tech/parley/core/id"
)

// FeedTTL is how long the store remembers deleted rooms, so that a follower of all rooms
// learns about them. A follower who was away for longer has to load the rooms again.
const FeedTTL = 24 * time.Hour

// FeedPageRooms is the maximum number of rooms, changed and deleted, in a part of the changes.
// PageBytes limits the texts of the part.
const FeedPageRooms = 100

// FeedPosition is a position in the changes of all rooms of a user. Only the store that
// returned it can interpret it.
//
// A follower reads many changes in parts, in the order of the ids of the rooms. Until the last
// part, the position is one between two parts. A change that is made between two parts comes in a
// later part, or after the last one.
type FeedPosition struct {
	Since int64 // the follower has all changes before this
	Until int64 // between two parts: as Since, after the last part; else 0
	After id.ID // between two parts: the last room that the follower has of the changes since Since; else ""
}

// Next returns the position after a part of the changes since p. now is the position of the store
// when it read the part, last is the last room of the part, and more is whether another part follows.
func (p FeedPosition) Next(now int64, last id.ID, more bool) FeedPosition {
	if p.After == "" {
		p.Until = now
	}
	if more {
		return FeedPosition{Since: p.Since, Until: p.Until, After: last}
	}
	return FeedPosition{Since: p.Until}
}

// IsReached reports whether a store whose position is now can have returned p.
func (p FeedPosition) IsReached(now int64) bool {
	end := p.Since
	if p.After != "" {
		end = p.Until
	}
	return 0 <= p.Since && p.Since <= end && end <= now
}

// Feed is the state of a user's rooms at a position.
type Feed struct {
	Running []Message // the running replies of the user
	At      FeedPosition
}

// FeedChanges is a part of what changed in a user's rooms since a position. It may also contain
// changes that the follower already knows. FeedPageRooms and PageBytes limit it.
type FeedChanges struct {
	Rooms   []RoomChange // in the order of their ids
	Deleted []id.ID      // deleted rooms, in the order of their ids
	At      FeedPosition // after this part
	More    bool         // whether there is another part: the changes since At
}

// RoomChange is a room that was added, or that has new settings or new or changed messages.
type RoomChange struct {
	Room
	FromRev int64 // the follower knows the messages up to this revision of the room
}

// ErrPositionUnknown means that the store cannot tell what changed since a position, for
// example because it was restored from a backup. The follower has to load the rooms again.
var ErrPositionUnknown = fault.New(fault.Conflict, "resync", "The changes since this position are unknown.")
