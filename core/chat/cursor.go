package chat

import "github.com/kuvaka-tech/parley/core/id"

// Cursor is a position in the events of a room. The follower knows the room up to a
// revision and, if a reply was running, a number of deltas of one attempt at it.
type Cursor struct {
	Rev   int64
	Reply id.ID // "" if no reply was running
	Fence int64 // of the attempt at Reply; 0 if the follower has no deltas
	Seq   int   // how many deltas of the attempt the follower has
}

// Attempt returns the attempt of which the follower has deltas.
func (c Cursor) Attempt() Attempt { return Attempt{Reply: c.Reply, Fence: c.Fence} }

// WithoutReply returns the cursor of a follower who knows that no reply is running.
func (c Cursor) WithoutReply() Cursor { return Cursor{Rev: c.Rev} }

// WithText returns the cursor of a follower who also knows this text.
func (c Cursor) WithText(t LiveText) Cursor {
	return Cursor{
		Rev:   c.Rev,
		Reply: t.Reply,
		Fence: t.Fence,
		Seq:   len(t.Deltas),
	}
}

// AfterNewest returns the cursor of a follower who has read a page of the newest messages.
func AfterNewest(p Page) Cursor { return Cursor{Rev: p.Rev}.afterMessages(p.Messages) }

// AfterChanges returns the cursor of a follower who has read the page of the changes after
// this cursor.
func (c Cursor) AfterChanges(p Page) Cursor {
	c = c.afterMessages(p.Messages)
	if !p.More {
		c.Rev = max(c.Rev, p.Rev)
	}
	return c
}

func (c Cursor) afterMessages(messages []Message) Cursor {
	for _, m := range messages {
		c = c.AfterMessage(m)
	}
	return c
}

// AfterMessage returns the cursor of a follower who has read a message, but not the text of
// a running reply.
func (c Cursor) AfterMessage(m Message) Cursor {
	c.Rev = max(c.Rev, m.Rev)
	switch {
	case m.Status == Running && m.ID != c.Reply:
		return Cursor{Rev: c.Rev, Reply: m.ID}
	case m.Status != Running && m.ID == c.Reply:
		return c.WithoutReply()
	}
	return c
}
