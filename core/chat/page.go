package chat

import (
	"iter"

	"github.com/kuvaka-tech/parley/core/id"
)

// PageBytes limits the texts of a page: of messages and their versions, of rooms with their
// settings, and of the results of a search. A page ends before the entry with which its texts would be longer, unless
// all texts before this entry are empty. So a page has at least one entry, and each of its
// entries can be read. The limit is the memory that a client can make a process use with one
// request.
const PageBytes = 256 << 10

// Fitting returns how many entries fit on a page, given the lengths of their texts in bytes.
func Fitting(lengths iter.Seq[int]) (n int) {
	total := 0
	for length := range lengths {
		if total > 0 && total+length > PageBytes {
			break
		}
		total += length
		n++
	}
	return n
}

// Query selects a page of a room. Without Before and After it selects the newest
// messages. At most one of Before and After is set.
type Query struct {
	Owner, Room id.ID
	Before      *int64 // selects the newest messages that were added before this revision
	After       *int64 // selects the messages that changed after this revision
	Limit       int    // the maximum number of messages
}

// Page is the result of a Query. Its messages are sorted by Born, the oldest first.
// With Query.After they are sorted by Rev, the earliest change first. PageBytes limits it. A page
// of the newest messages ends with the newest one, so PageBytes leaves out the oldest ones.
type Page struct {
	Messages []Message
	Rev      int64 // the room's revision when the page was read
	More     bool  // whether the query would select more messages without its Limit and PageBytes
}

// RoomPage is a page of a user's list of rooms. PageBytes limits it.
type RoomPage struct {
	Rooms []Room
	More  bool // whether more rooms follow
}

// textBytes is the length of the texts of a room.
func (r Room) textBytes() int { return len(r.Name) + len(r.SystemPrompt) }

// NewRoomPage returns the first page of a list of rooms, with at most limit of them.
func NewRoomPage(list []Room, limit int) RoomPage {
	n := min(limit, Fitting(lengths(list, Room.textBytes)))
	return RoomPage{Rooms: list[:n], More: n < len(list)}
}

// contentBytes is the length of the text of a message.
func (m Message) contentBytes() int { return len(m.Content) }

// lengths returns the lengths of the texts of a list.
func lengths[T any](list []T, length func(T) int) iter.Seq[int] {
	return func(yield func(int) bool) {
		for _, entry := range list {
			if !yield(length(entry)) {
				return
			}
		}
	}
}
