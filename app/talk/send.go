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

// Message is a user's text for a room. Key is nil without an idempotency key.
type Message struct {
	User id.ID
	Room string
	Text string
	Key  *string
}

// Sent is a message that was accepted, or was before under its key, and what is left of the day.
type Sent struct {
	chat.Accepted
	ResetIn time.Duration // until the day's count starts anew
	Unwoken error         // why no worker was woken; the sweep finds the reply all the same
}

// Send accepts a message and wakes a worker for its answer. It fails with the
// rules of text and key, chat.ErrNotFound, chat.ErrMismatch, chat.ErrInFlight,
// quota.ErrOverloaded or quota.ErrExhausted; with the last one Sent still tells what is left.
func (t *Talk) Send(ctx context.Context, m Message) (Sent, error) {
	d, err := t.draft(m)
	if err != nil {
		return Sent{}, err
	}
	d.Overloaded = t.breaker.open(ctx, d.Now)
	accepted, err := t.messages.Accept(ctx, d)
	sent := Sent{Accepted: accepted, ResetIn: quota.DayOf(d.Now).Ends().Sub(d.Now)}
	if errors.Is(err, quota.ErrOverloaded) {
		err = quota.ErrOverloaded.After(sent.ResetIn)
	}
	if errors.Is(err, quota.ErrExhausted) {
		return sent, exhausted(accepted, sent.ResetIn)
	}
	if err != nil {
		return sent, fmt.Errorf("accepting the message: %w", err)
	}
	if !accepted.Replayed {
		sent.Unwoken = t.wake(context.WithoutCancel(ctx), accepted)
	}
	return sent, nil
}

func (t *Talk) draft(m Message) (chat.Draft, error) {
	if err := text.Content(m.Text); err != nil {
		return chat.Draft{}, err
	}
	d := chat.Draft{User: m.User, Text: m.Text, BodyHash: sha256.Sum256([]byte(m.Text)), Now: t.clock.Now(), Basic: t.plans.Basic.Terms, Pro: t.plans.Pro.Terms}
	if m.Key != nil {
		if err := text.Key(*m.Key); err != nil {
			return chat.Draft{}, err
		}
		d.Key = *m.Key
	}
	var err error
	if d.Room, err = known(m.Room); err != nil {
		return chat.Draft{}, err
	}
	if d.Prompt, err = id.New(d.Now, t.random); err != nil {
		return chat.Draft{}, err
	}
	d.Reply, err = id.New(d.Now, t.random)
	return d, err
}

// wake tells followers and a worker, at once, as both may be far away. The message is
// accepted: neither may fail it.
func (t *Talk) wake(ctx context.Context, a chat.Accepted) error {
	told := make(chan error, 1)
	go func() { told <- t.live.Announce(ctx, a.Prompt.Room, a.Prompt.Rev+1) }()
	woken := t.queue.Wake(ctx, a.Reply)
	return errors.Join(<-told, woken)
}

func exhausted(a chat.Accepted, wait time.Duration) error {
	e := quota.ErrExhausted.After(wait)
	e.Message = fmt.Sprintf("Daily message limit reached (%d/day for Basic tier). Upgrade to Pro.", a.Limit)
	return fmt.Errorf("accepting the message: %w", e)
}
