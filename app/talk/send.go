package talk

import (
	"context"
	"fmt"

	"github.com/kuvaka-tech/parley/core/chat"
	"github.com/kuvaka-tech/parley/core/id"
	"github.com/kuvaka-tech/parley/core/text"
)

// SendRequest is a message that a user sends to a room.
type SendRequest struct {
	Request
	Text string
}

// SendResult is the result of Send and Edit.
type SendResult struct {
	Sent
	User     id.ID
	Prompt   chat.Message
	Reply    id.ID
	Replayed bool // whether an earlier request with the same idempotency key was accepted
}

// Send accepts a message and wakes a worker to answer it. It fails with the errors of
// text.Content, text.Key and ports.Messages.Accept. With reply.ErrBacklog and
// quota.ErrExhausted, Sent of the result is valid.
func (s *Service) Send(ctx context.Context, r SendRequest) (SendResult, error) {
	if err := text.Content(r.Text); err != nil {
		return SendResult{}, err
	}
	a, err := s.newAsk(ctx, r.Request)
	if err != nil {
		return SendResult{}, err
	}
	draft, err := s.newDraft(a.Ask, r.Text)
	if err != nil {
		return SendResult{}, err
	}
	accepted, err := s.config.Messages.Accept(ctx, draft)
	return s.accepted(ctx, a, accepted, err)
}

// newDraft creates the ids of the prompt and of its reply.
func (s *Service) newDraft(a chat.Ask, content string) (d chat.Draft, err error) {
	d = chat.Draft{Ask: a, Text: content}
	d.RequestHash = chat.HashDraft(content)
	if d.Prompt, err = id.New(d.Now, s.config.Random); err != nil {
		return chat.Draft{}, err
	}
	d.Reply, err = id.New(d.Now, s.config.Random)
	return d, err
}

// accepted returns the result of a message that the store has accepted or refused with err.
// It notifies others unless the message was accepted earlier.
func (s *Service) accepted(ctx context.Context, a ask, stored chat.Accepted, err error) (SendResult, error) {
	result := SendResult{
		Sent:     a.newSent(stored.Spent),
		User:     a.User,
		Prompt:   stored.Prompt,
		Reply:    stored.Reply,
		Replayed: stored.Replayed,
	}
	if err != nil {
		return result, fmt.Errorf("accepting the message: %w", a.refusal(err, stored.Spent))
	}
	if !stored.Replayed {
		changed := chat.Announcement{Owner: a.User, Room: a.Room, Rev: stored.Prompt.Rev + 1}
		result.NotifyErr = s.notify(ctx, changed, stored.Reply)
	}
	return result, nil
}
