package memory

import (
	"context"

	"github.com/kuvaka-tech/parley/core/chat"
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
	a, err := s.newAsk(d.Ask)
	if err != nil {
		return chat.Accepted{}, err
	}
	switch first, found, err := s.firstUse(a); {
	case err != nil:
		return chat.Accepted{}, err
	case found:
		return first.replay(a.spent), nil
	}
	if err := s.takeUnit(a); err != nil {
		return chat.Accepted{Spent: a.spent}, err
	}
	prompt, job := s.insert(a, d)
	s.storeKey(a, prompt.Message, job.Message)
	return chat.Accepted{Prompt: prompt.Message, Reply: job.ID, Spent: a.spent}, nil
}

// insert adds the prompt and its queued reply to the room.
func (s *Store) insert(a *ask, d chat.Draft) (prompt, job *message) {
	r := a.room
	prompt = &message{Reply: reply.Reply{User: d.User, Message: d.NewPrompt(r.Rev + 1)}}
	job = &message{Reply: reply.Reply{
		User: d.User,
		Message: chat.Message{
			ID:        d.Reply,
			Room:      d.Room,
			Status:    chat.Queued,
			InReplyTo: d.Prompt,
			Created:   d.Now,
			Born:      r.Rev + 2,
		},
		Due:       d.Now,
		Rank:      a.terms.Rank(d.Now),
		Day:       quota.DayOf(d.Now),
		HoldsUnit: true,
	}}
	s.bump(r, prompt)
	s.bump(r, job)
	r.messages = append(r.messages, prompt, job)
	r.Updated = d.Now
	s.queue(r, job, d.Now, a.terms.HeadStart)
	return prompt, job
}
