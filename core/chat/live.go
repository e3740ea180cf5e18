package chat

import (
	"time"

	"github.com/kuvaka-tech/parley/core/fault"
	"github.com/kuvaka-tech/parley/core/id"
)

// LiveLogTTL is the minimum time that a live log keeps a room after its last event.
// It is longer than RetryWindow and AttemptTimeout of package reply together.
const LiveLogTTL = 10 * time.Minute

// Cursor is a position in the events of a room. The follower knows the room up to a
// revision and, if a reply was running, a number of deltas of one attempt at it.
type Cursor struct {
	Rev   int64
	Reply id.ID // "" if no reply was running
	Fence int64 // of the attempt at Reply
	Seq   int   // how many deltas of the attempt the follower has
}

// Piece is a part of an answer: consecutive deltas of one attempt at a reply.
type Piece struct {
	Room, Reply id.ID
	Fence       int64    // of the attempt
	From        int      // the number of the first delta; an attempt starts with 0
	Deltas      []string // texts as the model streamed them
}

// EventKind is the kind of an Event.
type EventKind uint8

// The kinds of events.
const (
	Changed EventKind = iota // the room has reached the revision At.Rev: read the store
	Delta                    // Text was appended to the reply At.Reply
	Reset                    // the text of At.Reply starts again: discard the old text
)

// Event tells a follower about a change in a room.
type Event struct {
	Kind EventKind
	Text string // only with Delta
	At   Cursor // the position after the event
}

// ErrGap means that the live log misses deltas that precede the appended ones.
var ErrGap = fault.New(fault.Conflict, "gap", "Deltas before these are missing.")
