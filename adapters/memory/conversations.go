package memory

import (
	"context"
	"math"
	"slices"

	"github.com/kuvaka-tech/parley/core/chat"
	"github.com/kuvaka-tech/parley/core/id"
	"github.com/kuvaka-tech/parley/ports"
)

// History implements ports.Conversations.
func (s Conversations) History(ctx context.Context, q chat.HistoryQuery) (chat.History, error) {
	r, unlock, err := s.lockRoom(ctx, q.Owner, q.Room)
	if err != nil {
		return chat.History{}, err
	}
	defer unlock()
	return chat.History{
		Name:         r.Name,
		SystemPrompt: r.SystemPrompt,
		Summary:      r.summary,
		Messages:     r.uncovered(q),
	}, nil
}

// uncovered returns the messages of the query that the summary does not cover.
func (r *room) uncovered(q chat.HistoryQuery) []chat.Message {
	if q.Before == 0 {
		q.Before = math.MaxInt64
	}
	start, end := r.indexOf(r.summary.Through+1), r.indexOf(q.Before)
	if q.Oldest {
		end = min(end, start+q.Limit)
	} else {
		start = max(start, end-q.Limit)
	}
	selected := r.messages[start:max(start, end)]
	if q.Oldest {
		selected = selected[:q.Reached(contentLengths(slices.All(selected)))]
	} else {
		selected = selected[len(selected)-q.Reached(contentLengths(slices.Backward(selected))):]
	}
	var all []chat.Message
	for _, m := range selected {
		all = append(all, chat.Message{
			FromUser: m.FromUser,
			Content:  m.Content,
			Status:   m.Status,
			Born:     m.Born,
		})
	}
	return all
}

// SetSummary implements ports.Conversations.
func (s Conversations) SetSummary(ctx context.Context, c ports.SummaryChange) error {
	r, unlock, err := s.lockRoom(ctx, c.Owner, c.Room)
	if err != nil {
		return err
	}
	defer unlock()
	if r.summary.Through != c.Old || c.New.Through <= c.Old || !r.coverable(c.New.Through) {
		return chat.ErrStaleSummary
	}
	r.summary = c.New
	return nil
}

// coverable reports whether the last prompt of the room was added after a revision.
func (r *room) coverable(rev int64) bool {
	return len(r.messages) > 0 && rev < r.messages[len(r.messages)-2].Born
}

// SetTitle implements ports.Conversations.
func (s Conversations) SetTitle(ctx context.Context, owner, roomID id.ID, title string) (chat.Room, error) {
	r, unlock, err := s.lockRoom(ctx, owner, roomID)
	if err != nil {
		return chat.Room{}, err
	}
	defer unlock()
	if r.Name != "" {
		return chat.Room{}, chat.ErrNotFound
	}
	r.Name = title
	s.touch(r)
	return r.Room, nil
}
