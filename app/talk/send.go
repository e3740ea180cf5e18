package talk

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"time"

	"github.com/kuvaka-tech/parley/core/chat"
	"github.com/kuvaka-tech/parley/core/id"
	"github.com/kuvaka-tech/parley/core/quota"
	"github.com/kuvaka-tech/parley/core/text"
)

// SendRequest is a message that a user sends to a room.
type SendRequest struct {
	User           id.ID
	Room           string // the id as the client sent it
	Text           string
	IdempotencyKey *string // nil for none
}

// SendResult is the result of Send.
type SendResult struct {
	chat.Accepted
	ResetIn   time.Duration // the time until the next UTC day, when the quota is reset
	NotifyErr error         // why followers or workers were not notified; they find the message later, in the store
}

// Send accepts a message and wakes a worker to answer it. It fails with the errors of
// text.Content, text.Key and ports.Messages.Accept. With quota.ErrExhausted, Used, Limit
// and ResetIn of the result are valid.
func (s *Service) Send(ctx context.Context, r SendRequest) (SendResult, error) {
	draft, err := s.draft(r)
	if err != nil {
		return SendResult{}, err
	}
	draft.Overloaded = s.config.Budget.isExhausted(ctx, draft.Now)
	accepted, err := s.config.Messages.Accept(ctx, draft)
	result := SendResult{Accepted: accepted, ResetIn: quota.DayOf(draft.Now).End().Sub(draft.Now)}
	if err != nil {
		return result, fmt.Errorf("accepting the message: %w", addRetryAfter(err, result))
	}
	if !accepted.Replayed {
		result.NotifyErr = s.notify(context.WithoutCancel(ctx), accepted)
	}
	return result, nil
}

// draft validates a request and creates the ids of the prompt and of its reply.
func (s *Service) draft(r SendRequest) (chat.Draft, error) {
	if err := text.Content(r.Text); err != nil {
		return chat.Draft{}, err
	}
	d := chat.Draft{
		User:     r.User,
		Text:     r.Text,
		TextHash: sha256.Sum256([]byte(r.Text)),
		Now:      s.config.Clock.Now(),
		Basic:    s.config.Plans.Basic.Terms,
		Pro:      s.config.Plans.Pro.Terms,
	}
	if r.IdempotencyKey != nil {
		if err := text.Key(*r.IdempotencyKey); err != nil {
			return chat.Draft{}, err
		}
		d.Key = *r.IdempotencyKey
	}
	var err error
	if d.Room, err = parseID(r.Room); err != nil {
		return chat.Draft{}, err
	}
	if d.Prompt, err = id.New(d.Now, s.config.Random); err != nil {
		return chat.Draft{}, err
	}
	d.Reply, err = id.New(d.Now, s.config.Random)
	return d, err
}

// notify announces the message to the followers of the room and wakes a worker. The two
// calls run concurrently, because both may use the network. notify returns their errors.
func (s *Service) notify(ctx context.Context, a chat.Accepted) error {
	announced := make(chan error, 1)
	go func() { announced <- s.config.Live.Announce(ctx, a.Prompt.Room, a.Prompt.Rev+1) }()
	wakeErr := s.config.Wakeups.Wake(ctx, a.Reply)
	return errors.Join(<-announced, wakeErr)
}

// addRetryAfter adds RetryAfter to errors that last until the next UTC day. It returns
// other errors unchanged.
func addRetryAfter(err error, r SendResult) error {
	switch {
	case errors.Is(err, quota.ErrOverloaded):
		return quota.ErrOverloaded.After(r.ResetIn)
	case errors.Is(err, quota.ErrExhausted):
		return quota.ExhaustedError(r.Limit).After(r.ResetIn)
	}
	return err
}
