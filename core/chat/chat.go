// Package chat defines rooms, their messages, and the prompt that the model gets.
// Package reply has the rules for processing a reply.
package chat

import (
	"time"

	"github.com/kuvaka-tech/parley/core/fault"
	"github.com/kuvaka-tech/parley/core/id"
)

// Room is one conversation of one user.
type Room struct {
	ID           id.ID
	Owner        id.ID
	Name         string // "" until the room has a title
	SystemPrompt string // instructions of the owner for the model, "" if none
	Created      time.Time
	Updated      time.Time // when the owner last sent a message; at first equal to Created
	Rev          int64     // the revision; each insert and each change of a message increments it
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

// Final reports whether processing has ended. After that, a reply changes only when its
// user asks again (reply.Reply.Restart).
func (s Status) Final() bool { return s == Done || s == Failed || s == Cancelled }

// Message is a message of a room: a user's prompt, or the reply to a prompt.
type Message struct {
	ID        id.ID
	Room      id.ID
	FromUser  bool
	Content   string // in the store, "" until the reply is final
	Status    Status
	InReplyTo id.ID  // the id of the prompt; only on a reply
	Error     string // the code of the failure; only on a failed reply
	Created   time.Time
	Revised   time.Time // when the user last asked for the reply again or edited the prompt; zero if never
	Versions  int       // the number of earlier texts, see Version
	Born      int64     // the room's revision when the message was added; orders the room
	Rev       int64     // the room's revision when the message last changed
}

// ErrNotFound means that the room or message does not exist for this user.
var ErrNotFound = fault.New(fault.NotFound, "not_found", "There is no such chatroom or message.")
