package chat

import "github.com/kuvaka-tech/parley/core/id"

// Cursor is a place in what happens in a room: after revision Rev and, inside
// the Reply that is being written, after Seq deltas of the attempt Fence.
type Cursor struct {
	Rev   int64
	Reply id.ID
	Fence int64
	Seq   int
}

// Piece is text that a model has just written: deltas from number From on.
type Piece struct {
	Room, Reply id.ID
	Fence       int64
	From        int
	Deltas      []string
}

// EventKind tells what an Event is.
type EventKind uint8

const (
	Changed EventKind = iota // the room's revision moved to At.Rev: read the store
	Delta                    // Text was added to At.Reply
	Reset                    // At.Reply is written anew: forget its text so far
)

// Event is one thing that happened in a room; At is the place after it.
type Event struct {
	Kind EventKind
	Text string
	At   Cursor
}
