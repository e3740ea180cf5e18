package chat

import (
	"time"

	"github.com/kuvaka-tech/parley/core/id"
	"github.com/kuvaka-tech/parley/core/plan"
	"github.com/kuvaka-tech/parley/core/quota"
)

// Ask is what every request for an answer of the model contains: a Draft, an Edit or a
// Retry. Each of them takes a unit of the day's quota.
type Ask struct {
	Room, User  id.ID
	Key         string   // the idempotency key, "" for none
	RequestHash [32]byte // compared when the key is used again; see HashDraft, HashEdit and HashRetry
	Now         time.Time
	Basic, Pro  plan.Terms // the user's entitlement selects one of them
	MaxQueued   int        // the user may have this many queued replies; 0 for any number
	Overloaded  bool       // fail with quota.ErrOverloaded unless the request is a replay
}

// IsBacklogFull reports whether a user with this number of queued replies may not have one
// more. The replies of all rooms count, also those that wait for a retry. Running ones do not.
func (a Ask) IsBacklogFull(queued int) bool { return a.MaxQueued > 0 && queued >= a.MaxQueued }

// Draft is a message that a user wants to send.
type Draft struct {
	Ask
	Prompt, Reply id.ID // the ids of the two new messages
	Text          string
}

// Edit replaces the text of the last prompt of a room and asks for its reply again.
type Edit struct {
	Ask
	Prompt id.ID
	Text   string
}

// Retry asks for the last reply of a room again.
type Retry struct {
	Ask
	Reply id.ID
}

// NewPrompt returns the prompt of an accepted draft. rev is the room's revision when the prompt
// is added.
func (d Draft) NewPrompt(rev int64) Message {
	return Message{
		ID:       d.Prompt,
		Room:     d.Room,
		FromUser: true,
		Content:  d.Text,
		Status:   Done,
		Created:  d.Now,
		Born:     rev,
		Rev:      rev,
	}
}

// Accepted is the result of accepting a Draft or an Edit. If an earlier request with the
// same idempotency key was accepted, Prompt and Reply are those of the earlier request, and
// Prompt.Content is the text of that request, also when the prompt was edited later.
type Accepted struct {
	Prompt   Message
	Reply    id.ID
	Replayed bool // whether an earlier request with the same idempotency key was accepted
	Spent
}

// Retried is the result of accepting a Retry. If an earlier request with the same
// idempotency key was accepted, Reply is as it was after that request.
type Retried struct {
	Reply    Message // queued, without content
	Replayed bool    // whether an earlier request with the same idempotency key was accepted
	Spent
}

// Spent says how much of a day's quota a user has used.
type Spent struct {
	Used  int         // messages of the user that count for the UTC day of Ask.Now
	Limit quota.Limit // of the user's plan
}
