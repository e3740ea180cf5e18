package memory

import (
	"cmp"
	"context"
	"slices"

	"github.com/kuvaka-tech/parley/core/chat"
	"github.com/kuvaka-tech/parley/core/id"
	"github.com/kuvaka-tech/parley/core/quota"
)

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
	day := sentKey{d.User, quota.DayOf(d.Now)}
	if first, ok := s.replay(d); ok {
		if first.hash != d.BodyHash || first.prompt.Room != d.Room {
			return chat.Accepted{}, chat.ErrMismatch
		}
		return chat.Accepted{Prompt: first.prompt, Reply: first.reply, Replayed: true, Used: s.sent[day], Limit: terms.Limit}, nil
	}
	if d.Overloaded {
		return chat.Accepted{}, quota.ErrOverloaded
	}
	if !terms.Limit.Allows(s.sent[day]) {
		return chat.Accepted{Used: s.sent[day], Limit: terms.Limit}, quota.ErrExhausted
	}
	s.sent[day]++
	prompt := s.insert(r, d, terms)
	if d.Key != "" {
		s.keys[idempotencyKey{d.User, d.Key}] = keyed{d.BodyHash, prompt, d.Reply, d.Now}
	}
	return chat.Accepted{Prompt: prompt, Reply: d.Reply, Used: s.sent[day], Limit: terms.Limit}, nil
}

func (s *Store) replay(d chat.Draft) (keyed, bool) {
	first, ok := s.keys[idempotencyKey{d.User, d.Key}]
	return first, ok && d.Key != "" && d.Now.Before(first.at.Add(chat.KeyLife))
}

// insert adds the prompt and its reply at the end of the room.
func (s *Store) insert(r *room, d chat.Draft, terms chat.Terms) chat.Message {
	prompt := &chat.Reply{User: d.User, Message: chat.Message{ID: d.Prompt, Room: d.Room, FromUser: true, Content: d.Text, Status: chat.Done,
		Created: d.Now, Born: r.Rev + 1, Rev: r.Rev + 1}}
	reply := &chat.Reply{User: d.User, Message: chat.Message{ID: d.Reply, Room: d.Room, Status: chat.Queued, InReplyTo: d.Prompt,
		Created: d.Now, Born: r.Rev + 2, Rev: r.Rev + 2},
		Due: d.Now, Rank: d.Now.Add(-terms.HeadStart), Day: quota.DayOf(d.Now), Unit: true}
	r.log = append(r.log, prompt, reply)
	r.pending = append(r.pending, reply)
	r.Rev += 2
	r.Updated = d.Now
	s.replies[reply.ID] = r
	return prompt.Message
}

func (s Messages) Get(ctx context.Context, owner, roomID, id id.ID) (chat.Message, error) {
	unlock, err := s.lock(ctx)
	if err != nil {
		return chat.Message{}, err
	}
	defer unlock()
	r, err := s.room(owner, roomID)
	if err != nil {
		return chat.Message{}, err
	}
	if m := r.find(id); m != nil {
		return m.Message, nil
	}
	return chat.Message{}, chat.ErrNotFound
}

// find looks from the end, where what is asked for mostly is.
func (r *room) find(id id.ID) *chat.Reply {
	for _, m := range slices.Backward(r.log) {
		if m.ID == id {
			return m
		}
	}
	return nil
}

func (s Messages) Page(ctx context.Context, q chat.Query) (chat.Page, error) {
	unlock, err := s.lock(ctx)
	if err != nil {
		return chat.Page{}, err
	}
	defer unlock()
	r, err := s.room(q.Owner, q.Room)
	if err != nil {
		return chat.Page{}, err
	}
	if q.After != nil {
		return r.changed(*q.After, q.Limit), nil
	}
	return r.newest(q.Before, q.Limit), nil
}

func (r *room) newest(before *int64, limit int) chat.Page {
	end := len(r.log)
	if before != nil {
		end, _ = slices.BinarySearchFunc(r.log, *before, func(m *chat.Reply, born int64) int { return cmp.Compare(m.Born, born) })
	}
	start := max(0, end-limit)
	return chat.Page{Messages: copies(r.log[start:end]), Rev: r.Rev, More: start > 0}
}

func (r *room) changed(after int64, limit int) chat.Page {
	var later []*chat.Reply
	for _, m := range r.log {
		if m.Rev > after {
			later = append(later, m)
		}
	}
	slices.SortFunc(later, func(a, b *chat.Reply) int { return cmp.Compare(a.Rev, b.Rev) })
	n := min(limit, len(later))
	return chat.Page{Messages: copies(later[:n]), Rev: r.Rev, More: n < len(later)}
}

func copies(log []*chat.Reply) []chat.Message {
	out := make([]chat.Message, len(log))
	for i, m := range log {
		out[i] = m.Message
	}
	return out
}

func (s Usage) Used(ctx context.Context, user id.ID, day quota.Day) (int, error) {
	unlock, err := s.lock(ctx)
	if err != nil {
		return 0, err
	}
	defer unlock()
	return s.sent[sentKey{user, day}], nil
}
