package chat

import (
	"time"

	"github.com/kuvaka-tech/parley/core/id"
	"github.com/kuvaka-tech/parley/core/plan"
	"github.com/kuvaka-tech/parley/core/quota"
)

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

// Accepted is the result of accepting a Draft. If an earlier draft with the same
// idempotency key was accepted, Prompt and Reply are those of the earlier draft.
type Accepted struct {
	Prompt   Message
	Reply    id.ID
	Replayed bool        // whether an earlier draft with the same idempotency key was accepted
	Used     int         // messages of the user that count for the UTC day of Draft.Now
	Limit    quota.Limit // of the user's plan
}
