package memory

import (
	"cmp"
	"context"
	"iter"
	"slices"

	"github.com/kuvaka-tech/parley/core/chat"
	"github.com/kuvaka-tech/parley/core/id"
)

// Get implements ports.Messages.
func (s Messages) Get(ctx context.Context, owner, roomID, messageID id.ID) (chat.Message, error) {
	r, unlock, err := s.lockRoom(ctx, owner, roomID)
	if err != nil {
		return chat.Message{}, err
	}
	defer unlock()
	m, err := r.get(messageID)
	if err != nil {
		return chat.Message{}, err
	}
	return m.Message, nil
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
		end = r.indexOf(*before)
	}
	newest := r.messages[max(0, end-limit):end]
	start := end - chat.Fitting(contentLengths(slices.Backward(newest)))
	return chat.Page{Messages: messagesOf(r.messages[start:end]), Rev: r.Rev, More: start > 0}
}

// indexOf returns the index of the first message that was added under this revision or a later
// one, and the number of messages if there is none.
func (r *room) indexOf(born int64) int {
	byBorn := func(m *message, born int64) int { return cmp.Compare(m.Born, born) }
	i, _ := slices.BinarySearchFunc(r.messages, born, byBorn)
	return i
}

// changedAfter returns the messages that changed after a revision, the earliest change first.
func (r *room) changedAfter(rev int64, limit int) chat.Page {
	var changed []*message
	for _, m := range r.messages {
		if m.Rev > rev {
			changed = append(changed, m)
		}
	}
	slices.SortFunc(changed, func(a, b *message) int { return cmp.Compare(a.Rev, b.Rev) })
	n := min(limit, chat.Fitting(contentLengths(slices.All(changed))))
	return chat.Page{Messages: messagesOf(changed[:n]), Rev: r.Rev, More: n < len(changed)}
}

// contentLengths returns the lengths of the texts of messages.
func contentLengths(messages iter.Seq2[int, *message]) iter.Seq[int] {
	return func(yield func(int) bool) {
		for _, m := range messages {
			if !yield(len(m.Content)) {
				return
			}
		}
	}
}

func messagesOf(stored []*message) []chat.Message {
	out := make([]chat.Message, len(stored))
	for i, m := range stored {
		out[i] = m.Message
	}
	return out
}
