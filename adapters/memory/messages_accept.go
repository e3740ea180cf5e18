package memory

import (
	"context"

	"github.com/kuvaka-tech/parley/core/chat"
	"github.com/kuvaka-tech/parley/core/plan"
	"github.com/kuvaka-tech/parley/core/quota"
	"github.com/kuvaka-tech/parley/core/reply"
)

// Accept implements ports.Messages.
func (s Messages) Accept(ctx context.Context, d chat.Draft) (chat.Accepted, error) {
	unlock, err := s.lock(ctx)
	if err != nil {
		return chat.Accepted{}, err
	}
	defer unlock()
	u, r := s.users[d.User], s.rooms[d.Room]
	if u == nil || r == nil || r.Owner != d.User {
		return chat.Accepted{}, chat.ErrNotFound
	}
	terms := d.Basic
	if u.IsPro(d.Now) {
		terms = d.Pro
	}
	today := countKey{user: d.User, day: quota.DayOf(d.Now)}
	accepted := chat.Accepted{Used: s.messageCounts[today], Limit: terms.Limit}
	if first, ok := s.firstUse(d); ok {
		return first.replay(d, accepted)
	}
	if d.Overloaded {
		return chat.Accepted{}, quota.ErrOverloaded
	}
	if !terms.Limit.Allows(accepted.Used) {
		return accepted, quota.ErrExhausted
	}
	s.messageCounts[today]++
	accepted.Used++
	accepted.Prompt = s.insert(r, d, terms)
	accepted.Reply = d.Reply
	s.storeKey(d, accepted)
	return accepted, nil
}

// firstUse returns the message that was accepted under the idempotency key of d. It returns
// false if the key is empty, unused or expired.
func (s *Store) firstUse(d chat.Draft) (acceptedMessage, bool) {
	first, ok := s.idempotency[idempotencyKey{user: d.User, key: d.Key}]
	return first, ok && d.Key != "" && d.Now.Before(first.accepted.Add(chat.IdempotencyKeyTTL))
}

// replay returns accepted with the prompt and reply of the first use. It fails with
// chat.ErrMismatch when d has another text or room.
func (first acceptedMessage) replay(d chat.Draft, accepted chat.Accepted) (chat.Accepted, error) {
	if first.textHash != d.TextHash || first.prompt.Room != d.Room {
		return chat.Accepted{}, chat.ErrMismatch
	}
	accepted.Prompt = first.prompt
	accepted.Reply = first.reply
	accepted.Replayed = true
	return accepted, nil
}

// storeKey stores the accepted message under the idempotency key of d, if it has one.
func (s *Store) storeKey(d chat.Draft, accepted chat.Accepted) {
	if d.Key == "" {
		return
	}
	s.idempotency[idempotencyKey{user: d.User, key: d.Key}] = acceptedMessage{
		textHash: d.TextHash,
		prompt:   accepted.Prompt,
		reply:    accepted.Reply,
		accepted: d.Now,
	}
}

// insert adds the prompt and its queued reply to the room, and returns the prompt.
func (s *Store) insert(r *room, d chat.Draft, terms plan.Terms) chat.Message {
	prompt := &reply.Reply{User: d.User, Message: d.NewPrompt(r.Rev + 1)}
	job := &reply.Reply{
		User: d.User,
		Message: chat.Message{
			ID:        d.Reply,
			Room:      d.Room,
			Status:    chat.Queued,
			InReplyTo: d.Prompt,
			Created:   d.Now,
			Born:      r.Rev + 2,
			Rev:       r.Rev + 2,
		},
		Due:       d.Now,
		Rank:      terms.Rank(d.Now),
		Day:       quota.DayOf(d.Now),
		HoldsUnit: true,
	}
	r.messages = append(r.messages, prompt, job)
	r.unfinished = append(r.unfinished, job)
	r.Rev += 2
	r.Updated = d.Now
	s.unfinished[job.ID] = r
	return prompt.Message
}
