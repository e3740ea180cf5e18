// Package chat holds rooms, messages and the life of a reply: when it may be
// claimed, how it fails, when it is tried again, and what the model gets to see.
package chat

import (
	"time"

	"github.com/kuvaka-tech/parley/core/fault"
	"github.com/kuvaka-tech/parley/core/id"
	"github.com/kuvaka-tech/parley/core/quota"
)

// Room is one conversation of one user.
type Room struct {
	ID      id.ID
	Owner   id.ID
	Name    string
	Created time.Time
	Updated time.Time // when its owner last sent a message
	Rev     int64     // grows by one with every insert and every change of a message in it
}

// Status is where a message stands. A user's message is always Done.
type Status string

const (
	Queued    Status = "queued"
	Running   Status = "running"
	Done      Status = "done"
	Failed    Status = "failed"
	Cancelled Status = "cancelled"
)

// Final says that the status changes no more by itself.
func (s Status) Final() bool { return s == Done || s == Failed || s == Cancelled }

// Message is what a room holds: a user's text, or the reply to one.
type Message struct {
	ID        id.ID
	Room      id.ID
	FromUser  bool
	Content   string
	Status    Status
	InReplyTo id.ID  // the prompt's, on a reply
	Error     string // the failure's code, on a failed reply
	Created   time.Time
	Born      int64 // the room's revision when it was added: its place in the room
	Rev       int64 // the room's revision when it last changed
}

var (
	ErrNotFound = fault.New(fault.NotFound, "not_found", "There is no such chatroom or message.")
	// ErrMismatch refuses a known idempotency key with another body or room.
	ErrMismatch = fault.New(fault.Invalid, "idempotency_mismatch", "This Idempotency-Key was used for another message.")
	// ErrInFlight refuses a key whose first use has not ended within 5 s.
	ErrInFlight = fault.New(fault.Conflict, "idempotency_in_flight", "A request with this Idempotency-Key is still under way.")

	// ErrLost, ErrCancelled and ErrGone tell a worker that its reply is not its own any more:
	// claimed by another, stopped by its user, or deleted.
	ErrLost      = fault.New(fault.Conflict, "lost", "The claim on this reply is lost.")
	ErrCancelled = fault.New(fault.Conflict, "cancelled", "The reply was cancelled.")
	ErrGone      = fault.New(fault.NotFound, "gone", "The reply does not exist any more.")
	// ErrGap tells a writer that the live log has lost what came before.
	ErrGap = fault.New(fault.Conflict, "gap", "Deltas before these are missing.")
)

// KeyLife is how long an idempotency key is remembered.
const KeyLife = 24 * time.Hour

// Terms are what a plan gives a message: how many a day, and how far ahead of
// its time it queues. A head start of 30 s lets it pass all that arrived in the
// 30 s before it, and nothing that has waited longer: first, but starving nobody.
type Terms struct {
	Limit     quota.Limit
	HeadStart time.Duration
}

// Draft is a message to be accepted.
type Draft struct {
	Prompt, Reply id.ID // the ids that the two will have
	Room, User    id.ID
	Text          string
	Key           string   // the idempotency key, "" for none
	BodyHash      [32]byte // of what must be the same under the same key
	Now           time.Time
	Basic, Pro    Terms // whichever the user's entitlement selects
	Overloaded    bool  // nothing new is to be accepted
}

// Accepted is the answer to a Draft, or to the first one under its key.
type Accepted struct {
	Prompt   Message
	Reply    id.ID
	Replayed bool
	Used     int         // messages counted today, this one included
	Limit    quota.Limit // of the plan it was accepted under
}

// Query asks for a page of a room: the newest, or those Before or After a revision (one of them at most is not nil).
type Query struct {
	Owner, Room   id.ID
	Before, After *int64
	Limit         int
}

// Page holds messages by their place in the room, oldest first, or for After by their last change.
type Page struct {
	Messages []Message
	Rev      int64 // the room's revision when the page was read
	More     bool  // whether another page lies beyond, in the direction of the query
}
