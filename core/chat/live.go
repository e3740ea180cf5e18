package chat

import (
	"strings"
	"time"

	"github.com/kuvaka-tech/parley/core/fault"
	"github.com/kuvaka-tech/parley/core/id"
)

// LiveLogTTL is the minimum time that a live log keeps a room after its last event.
// It is longer than RetryWindow and AttemptTimeout of package reply together.
const LiveLogTTL = 10 * time.Minute

// LastRev is the revision of a deleted room for its followers. It is higher than all others:
// the room may have changed shortly before the deletion.
const LastRev = 1 << 52

// Attempt identifies one attempt at a reply. Each claim of a reply is an attempt, and its
// fence is higher than that of the attempts before.
type Attempt struct {
	Reply id.ID
	Fence int64
}

// Piece is a part of an answer: consecutive deltas of one attempt at a reply.
type Piece struct {
	Room id.ID
	Attempt
	From   int      // the number of the first delta; an attempt starts with 0
	Deltas []string // texts in the order of the answer
}

// LiveText is the text of one attempt so far.
type LiveText struct {
	Attempt // the zero Attempt if the live log has no text
	Deltas  []string
	Ended   bool // the attempt has ended: the reply has another state in the store
}

// Text returns the whole text so far.
func (t LiveText) Text() string { return strings.Join(t.Deltas, "") }

// Announcement tells the followers of a room and of its owner that the room has changed.
type Announcement struct {
	Owner, Room id.ID
	Rev         int64     // the room's revision after the change
	Ended       []Attempt // attempts that write no more text
	Started     bool      // the change is only that an attempt has started
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
