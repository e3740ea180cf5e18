package memory

import (
	"context"

	"github.com/kuvaka-tech/parley/core/chat"
	"github.com/kuvaka-tech/parley/core/id"
	"github.com/kuvaka-tech/parley/core/reply"
)

// Edit implements ports.MessageChanges.
func (s MessageChanges) Edit(ctx context.Context, e chat.Edit) (chat.Accepted, error) {
	unlock, err := s.lock(ctx)
	if err != nil {
		return chat.Accepted{}, err
	}
	defer unlock()
	a, prompt, err := s.newAskFor(e.Ask, e.Prompt)
	if err != nil {
		return chat.Accepted{}, err
	}
	switch first, found, err := s.firstUse(a); {
	case err != nil:
		return chat.Accepted{}, err
	case found:
		return first.replay(a.spent), nil
	}
	last := a.room.lastReply()
	if last.InReplyTo != e.Prompt || !last.Status.Final() {
		return chat.Accepted{}, chat.ErrNotEditable
	}
	if err := s.takeUnit(a); err != nil {
		return chat.Accepted{Spent: a.spent}, err
	}
	s.edit(a.room, prompt, e)
	if err := s.restart(a, last); err != nil {
		return chat.Accepted{}, err
	}
	s.storeKey(a, prompt.Message, last.Message)
	return chat.Accepted{Prompt: prompt.Message, Reply: last.ID, Spent: a.spent}, nil
}

// newAskFor is newAsk for a request that changes a message of the room, which it returns.
func (s *Store) newAskFor(request chat.Ask, messageID id.ID) (*ask, *message, error) {
	a, err := s.newAsk(request)
	if err != nil {
		return nil, nil, err
	}
	m, err := a.room.get(messageID)
	return a, m, err
}

// lastReply returns the last reply of a room that has messages.
func (r *room) lastReply() *message { return r.messages[len(r.messages)-1] }

// edit replaces the text of the prompt.
func (s *Store) edit(r *room, prompt *message, e chat.Edit) {
	r.keep(prompt.ID, prompt.Edit(e.Text, e.Now))
	r.Updated = e.Now
	s.bump(r, prompt)
}

// restart queues a final reply again.
func (s *Store) restart(a *ask, m *message) error {
	old, ok, err := m.Restart(a.Now, a.terms.Rank(a.Now))
	if err != nil {
		return err
	}
	if ok {
		a.room.keep(m.ID, old)
	}
	s.bump(a.room, m)
	s.queue(a.room, m, a.Now, a.terms.HeadStart)
	return nil
}

// keep stores an earlier text of a message.
func (r *room) keep(messageID id.ID, v chat.Version) {
	if r.versions == nil {
		r.versions = map[id.ID][]chat.Version{}
	}
	r.versions[messageID] = append(r.versions[messageID], v)
}

// Retry implements ports.MessageChanges.
func (s MessageChanges) Retry(ctx context.Context, r chat.Retry) (chat.Retried, error) {
	unlock, err := s.lock(ctx)
	if err != nil {
		return chat.Retried{}, err
	}
	defer unlock()
	a, m, err := s.newAskFor(r.Ask, r.Reply)
	if err != nil {
		return chat.Retried{}, err
	}
	switch first, found, err := s.firstUse(a); {
	case err != nil:
		return chat.Retried{}, err
	case found:
		return chat.Retried{Reply: first.reply, Replayed: true, Spent: a.spent}, nil
	}
	if m != a.room.lastReply() || !m.Status.Final() {
		return chat.Retried{}, reply.ErrNotRetryable
	}
	if err := s.takeUnit(a); err != nil {
		return chat.Retried{Spent: a.spent}, err
	}
	if err := s.restart(a, m); err != nil {
		return chat.Retried{}, err
	}
	s.storeKey(a, chat.Message{}, m.Message)
	return chat.Retried{Reply: m.Message, Spent: a.spent}, nil
}
