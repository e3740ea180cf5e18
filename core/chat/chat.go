// Package chat defines rooms, their messages, and the prompt that the model gets.
// Package reply has the rules for processing a reply.
package chat

import (
	"time"

	"github.com/kuvaka-tech/parley/core/fault"
	"github.com/kuvaka-tech/parley/core/id"
	"github.com/kuvaka-tech/parley/core/plan"
	"github.com/kuvaka-tech/parley/core/quota"
)

// Room is one conversation of one user.
type Room struct {
	ID      id.ID
	Owner   id.ID
	Name    string
	Created time.Time
	Updated time.Time // when the owner last sent a message; at first equal to Created
	Rev     int64     // the revision; each insert and each change of a message increments it
}

// Status is the state of a message. A prompt is always Done.
type Status string

// The states of a reply. reply.Reply lists the transitions.
const (
	Queued    Status = "queued"
	Running   Status = "running"
	Done      Status = "done"
	Failed    Status = "failed"
	Cancelled Status = "cancelled"
)

// Final reports whether processing has ended. After that, only a failed reply can
// change, when its user asks again (reply.Reply.Restart).
func (s Status) Final() bool { return s == Done || s == Failed || s == Cancelled }

// Message is a message of a room: a user's prompt, or the reply to a prompt.
type Message struct {
	ID        id.ID
	Room      id.ID
	FromUser  bool
	Content   string // in the store, a reply has none until it is final
	Status    Status
	InReplyTo id.ID  // the id of the prompt; only on a reply
	Error     string // the code of the failure; only on a failed reply
	Created   time.Time
	Born      int64 // the room's revision when the message was added; orders the room
	Rev       int64 // the room's revision when the message last changed
}

var (
	// ErrNotFound means that the room or message does not exist for this user.
	ErrNotFound = fault.New(fault.NotFound, "not_found", "There is no such chatroom or message.")
	// ErrMismatch means that the idempotency key was used with another text or room.
	ErrMismatch = fault.New(fault.Invalid, "idempotency_mismatch", "This Idempotency-Key was used for another message.")
	// ErrInFlight means that the first request with this idempotency key is still running after 5 s.
	ErrInFlight = fault.New(fault.Conflict, "idempotency_in_flight",
		"A request with this Idempotency-Key is still running. Try again in a few seconds.")

	// ErrGap means that the live log misses deltas that precede the appended ones.
	ErrGap = fault.New(fault.Conflict, "gap", "Deltas before these are missing.")
)

// IdempotencyKeyTTL is how long an idempotency key is stored.
const IdempotencyKeyTTL = 24 * time.Hour

// Draft is a message that a user wants to send.
type Draft struct {
	Prompt, Reply id.ID // the ids of the two new messages
	Room, User    id.ID
	Text          string
	Key           string   // the idempotency key, "" for none
	TextHash      [32]byte // SHA-256 of Text, compared when the key is used again
	Now           time.Time
	Basic, Pro    plan.Terms // the user's entitlement selects one of them
	Overloaded    bool       // fail with quota.ErrOverloaded unless the message is a replay
}

// Accepted is the result of accepting a Draft. If an earlier draft with the same
// idempotency key was accepted, Prompt and Reply are those of the earlier draft.
type Accepted struct {
	Prompt   Message
	Reply    id.ID
	Replayed bool        // whether an earlier draft with the same idempotency key was accepted
	Used     int         // messages of the user that count for the UTC day of Draft.Now
	Limit    quota.Limit // of the user's plan
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
// With Query.After they are sorted by Rev, the earliest change first.
type Page struct {
	Messages []Message
	Rev      int64 // the room's revision when the page was read
	More     bool  // whether the query would select more messages without its Limit
}
