package memory

import (
	"cmp"
	"context"
	"slices"

	"github.com/kuvaka-tech/parley/core/chat"
	"github.com/kuvaka-tech/parley/core/id"
	"github.com/kuvaka-tech/parley/core/reply"
)

// Get implements ports.Messages.
func (s Messages) Get(ctx context.Context, owner, roomID, messageID id.ID) (chat.Message, error) {
	r, unlock, err := s.lockRoom(ctx, owner, roomID)
	if err != nil {
		return chat.Message{}, err
	}
	defer unlock()
	if m := r.find(messageID); m != nil {
		return m.Message, nil
	}
	return chat.Message{}, chat.ErrNotFound
}

// find returns a message of the room, or nil. It searches the newest messages first, because
// most requests are for new ones.
func (r *room) find(messageID id.ID) *reply.Reply {
	for _, m := range slices.Backward(r.messages) {
		if m.ID == messageID {
			return m
		}
	}
	return nil
}

// Page implements ports.Messages.
func (s Messages) Page(ctx context.Context, q chat.Query) (chat.Page, error) {
	r, unlock, err := s.lockRoom(ctx, q.Owner, q.Room)
	if err != nil {
		return chat.Page{}, err
	}
	defer unlock()
	if q.After != nil {
		return r.changedAfter(*q.After, q.Limit), nil
	}
	return r.newest(q.Before, q.Limit), nil
}

// newest returns the newest messages of the room. If before is not nil, it returns the newest
// ones that were added before this revision.
func (r *room) newest(before *int64, limit int) chat.Page {
	end := len(r.messages)
	if before != nil {
		byBorn := func(m *reply.Reply, born int64) int { return cmp.Compare(m.Born, born) }
		end, _ = slices.BinarySearchFunc(r.messages, *before, byBorn)
	}
	start := max(0, end-limit)
	return chat.Page{Messages: messagesOf(r.messages[start:end]), Rev: r.Rev, More: start > 0}
}

// changedAfter returns the messages that changed after a revision, the earliest change first.
func (r *room) changedAfter(rev int64, limit int) chat.Page {
	var changed []*reply.Reply
	for _, m := range r.messages {
		if m.Rev > rev {
			changed = append(changed, m)
		}
	}
	slices.SortFunc(changed, func(a, b *reply.Reply) int { return cmp.Compare(a.Rev, b.Rev) })
	n := min(limit, len(changed))
	return chat.Page{Messages: messagesOf(changed[:n]), Rev: r.Rev, More: n < len(changed)}
}

func messagesOf(stored []*reply.Reply) []chat.Message {
	out := make([]chat.Message, len(stored))
	for i, m := range stored {
		out[i] = m.Message
	}
	return out
}
