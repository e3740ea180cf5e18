package memory

import (
	"context"
	"iter"

	"github.com/kuvaka-tech/parley/core/chat"
	"github.com/kuvaka-tech/parley/core/id"
)

// Read implements ports.LiveReader.
func (l *Live) Read(ctx context.Context, roomID id.ID) (chat.LiveText, error) {
	if err := ctx.Err(); err != nil {
		return chat.LiveText{}, err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if r := l.rooms[roomID]; r != nil {
		return copyOf(r.text), nil
	}
	return chat.LiveText{}, nil
}

// Follow implements ports.LiveReader. It never yields an error.
func (l *Live) Follow(ctx context.Context, roomID id.ID, from chat.Cursor) iter.Seq2[chat.Event, error] {
	return func(yield func(chat.Event, error) bool) {
		cursor := from
		for ctx.Err() == nil {
			events, changed := l.eventsAfter(roomID, cursor)
			for _, e := range events {
				cursor = e.At
				if !yield(e, nil) {
					return
				}
			}
			select {
			case <-changed:
			case <-ctx.Done():
				return
			}
		}
	}
}

// FollowOutcomes implements ports.LiveReader. It never yields an error.
func (l *Live) FollowOutcomes(ctx context.Context, roomID id.ID) iter.Seq[error] {
	return func(yield func(error) bool) {
		for ctx.Err() == nil {
			outcome := l.nextOutcome(roomID)
			if !yield(nil) {
				return
			}
			select {
			case <-outcome:
			case <-ctx.Done():
			}
		}
	}
}

// nextOutcome returns a channel that is closed at the next outcome in a room.
func (l *Live) nextOutcome(roomID id.ID) <-chan struct{} {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.room(roomID).outcome
}

// eventsAfter returns the events of a room after a cursor, and a channel that is closed at
// the next event.
func (l *Live) eventsAfter(roomID id.ID, at chat.Cursor) ([]chat.Event, <-chan struct{}) {
	l.mu.Lock()
	defer l.mu.Unlock()
	r := l.room(roomID)
	return r.eventsAfter(at), r.changed
}
