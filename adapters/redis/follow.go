package redis

import (
	"context"
	"fmt"
	"iter"

	"github.com/kuvaka-tech/parley/core/chat"
	"github.com/kuvaka-tech/parley/core/id"
)

// Read implements ports.LiveReader.
func (l *Live) Read(ctx context.Context, roomID id.ID) (chat.LiveText, error) {
	s, err := l.readSnapshot(ctx, roomID, chat.Cursor{}, true)
	if err != nil {
		return chat.LiveText{}, fmt.Errorf("reading a live log: %w", err)
	}
	return chat.LiveText{Attempt: s.attempt, Deltas: s.deltas, Ended: s.ended}, nil
}

// Follow implements ports.LiveReader. It yields an error and ends when Redis becomes
// unavailable. A caller that follows again from its last cursor misses no event.
func (l *Live) Follow(ctx context.Context, roomID id.ID, from chat.Cursor) iter.Seq2[chat.Event, error] {
	return func(yield func(chat.Event, error) bool) {
		err := l.follow(ctx, roomID, from, func(e chat.Event) bool { return yield(e, nil) })
		if err != nil && ctx.Err() == nil {
			yield(chat.Event{}, fmt.Errorf("following a room: %w", err))
		}
	}
}

// follow calls yield with each event after a cursor. It returns nil when yield returns
// false, and an error when ctx ends or Redis fails.
func (l *Live) follow(ctx context.Context, roomID id.ID, at chat.Cursor, yield func(chat.Event) bool) error {
	sub, err := l.subscriber.subscribe(l.keys(roomID)[0], wanted{})
	if err != nil {
		return err
	}
	defer sub.close()
	for {
		if err := sub.wait(ctx); err != nil {
			return err
		}
		s, err := l.readSnapshot(ctx, roomID, at, false)
		if err != nil {
			return err
		}
		for _, e := range s.eventsAfter(at) {
			at = e.At
			if ctx.Err() != nil || !yield(e) {
				return nil
			}
		}
	}
}

// FollowOutcomes implements ports.LiveReader. It yields an error and ends when Redis becomes
// unavailable.
func (l *Live) FollowOutcomes(ctx context.Context, roomID id.ID) iter.Seq[error] {
	ignored := []string{textNotice, startedNotice}
	return l.followNotices(ctx, l.keys(roomID)[0], wanted{except: ignored})
}

// FollowOwner implements ports.LiveReader. It yields an error and ends when Redis becomes
// unavailable.
func (l *Live) FollowOwner(ctx context.Context, owner id.ID) iter.Seq[error] {
	return l.followNotices(ctx, l.ownerChannel(owner), wanted{})
}

// followNotices yields nil for each notice of a channel, and an error when Redis becomes
// unavailable.
func (l *Live) followNotices(ctx context.Context, channel string, w wanted) iter.Seq[error] {
	return func(yield func(error) bool) {
		err := l.eachNotice(ctx, channel, w, func() bool { return yield(nil) })
		if err != nil && ctx.Err() == nil {
			yield(fmt.Errorf("following %s: %w", channel, err))
		}
	}
}

// eachNotice calls yield for each notice. It returns as follow.
func (l *Live) eachNotice(ctx context.Context, channel string, w wanted, yield func() bool) error {
	sub, err := l.subscriber.subscribe(channel, w)
	if err != nil {
		return err
	}
	defer sub.close()
	for {
		if err := sub.wait(ctx); err != nil {
			return err
		}
		if !yield() {
			return nil
		}
	}
}
