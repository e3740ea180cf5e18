package redis

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"strconv"

	"github.com/kuvaka-tech/parley/core/chat"
	"github.com/kuvaka-tech/parley/core/id"
)

// Follow implements ports.Live. It yields an error and ends when Redis becomes
// unavailable. A caller that follows again from its last cursor misses no event.
func (l *Live) Follow(ctx context.Context, roomID id.ID, from chat.Cursor) iter.Seq2[chat.Event, error] {
	return func(yield func(chat.Event, error) bool) {
		err := l.follow(ctx, roomID, from, func(e chat.Event) bool { return yield(e, nil) })
		if err != nil && ctx.Err() == nil {
			yield(chat.Event{}, fmt.Errorf("following a room: %w", err))
		}
	}
}

// follow calls yield with each event after a cursor. It returns nil when ctx ends or
// yield returns false, and an error when Redis fails.
func (l *Live) follow(ctx context.Context, roomID id.ID, at chat.Cursor, yield func(chat.Event) bool) error {
	sub, err := l.subscriber.subscribe(ctx, l.keys(roomID)[0])
	if err != nil {
		return err
	}
	defer sub.close()
	for {
		s, err := l.readSnapshot(ctx, roomID, at)
		if err != nil {
			return err
		}
		for _, e := range s.eventsAfter(at) {
			at = e.At
			if ctx.Err() != nil || !yield(e) {
				return nil
			}
		}
		select {
		case <-sub.notices:
		case <-sub.conn.broken:
			return sub.conn.err
		case <-ctx.Done():
			return nil
		}
	}
}

// snapshot is the state of a room, without the deltas that the follower already has.
type snapshot struct {
	rev    int64
	reply  id.ID // "" if no reply is being written
	fence  int64
	start  int      // number of the first delta in deltas; 0 unless the follower has the deltas before it
	deltas []string // the deltas from start to the last one
}

var errScriptReply = errors.New("unexpected reply from a Redis script")

// readSnapshot reads the snapshot of a room for a follower at a cursor.
func (l *Live) readSnapshot(ctx context.Context, roomID id.ID, at chat.Cursor) (snapshot, error) {
	out, err := l.run(ctx, snapshotScript, roomID, string(at.Reply), at.Fence, at.Seq).StringSlice()
	if err != nil {
		return snapshot{}, err
	}
	if len(out) < 4 {
		return snapshot{}, errScriptReply
	}
	rev, errRev := strconv.ParseInt(out[0], 10, 64)
	fence, errFence := strconv.ParseInt(out[2], 10, 64)
	start, errStart := strconv.Atoi(out[3])
	if errors.Join(errRev, errFence, errStart) != nil {
		return snapshot{}, errScriptReply
	}
	return snapshot{rev: rev, reply: id.ID(out[1]), fence: fence, start: start, deltas: out[4:]}, nil
}

// eventsAfter returns the events that lead from a cursor to the snapshot.
func (s snapshot) eventsAfter(at chat.Cursor) (events []chat.Event) {
	if s.reply != "" && (at.Reply != s.reply || at.Fence != s.fence || at.Seq != s.start) {
		sameReply := at.Reply == s.reply
		at.Reply, at.Fence, at.Seq = s.reply, s.fence, s.start
		if sameReply { // a new attempt has started, or Redis has lost a part of the text
			events = append(events, chat.Event{Kind: chat.Reset, At: at})
		}
	}
	for _, delta := range s.deltas {
		at.Seq++
		events = append(events, chat.Event{Kind: chat.Delta, Text: delta, At: at})
	}
	if s.rev > at.Rev {
		at.Rev = s.rev
		events = append(events, chat.Event{Kind: chat.Changed, At: at})
	}
	return events
}
