package redis

import (
	"context"
	"errors"
	"strconv"

	"github.com/kuvaka-tech/parley/core/chat"
	"github.com/kuvaka-tech/parley/core/id"
)

// snapshot is the state of a room, without the deltas that the follower already has.
type snapshot struct {
	rev     int64
	attempt chat.Attempt // of the text; zero if there is none
	ended   bool         // whether the text has ended
	start   int          // number of the first delta in deltas; 0 unless the follower has the deltas before it
	deltas  []string     // the deltas from start to the last one
}

var errScriptReply = errors.New("unexpected reply from a Redis script")

// readSnapshot reads the snapshot of a room for a follower at a cursor. withEnded says whether
// it contains a text that has ended.
func (l *Live) readSnapshot(ctx context.Context, roomID id.ID, at chat.Cursor, withEnded bool) (snapshot, error) {
	args := []any{string(at.Reply), at.Fence, at.Seq, withEnded}
	out, err := l.run(ctx, snapshotScript, roomID, args...).StringSlice()
	if err != nil {
		return snapshot{}, err
	}
	if len(out) < 5 {
		return snapshot{}, errScriptReply
	}
	rev, errRev := strconv.ParseInt(out[0], 10, 64)
	fence, errFence := strconv.ParseInt(out[2], 10, 64)
	start, errStart := strconv.Atoi(out[4])
	if errors.Join(errRev, errFence, errStart) != nil {
		return snapshot{}, errScriptReply
	}
	return snapshot{
		rev:     rev,
		attempt: chat.Attempt{Reply: id.ID(out[1]), Fence: fence},
		ended:   out[3] == "1",
		start:   start,
		deltas:  out[5:],
	}, nil
}

// eventsAfter returns the events that lead from a cursor to the snapshot: the revision,
// then the deltas. They begin with a Reset if the follower has deltas of the same reply that
// are not the beginning of this text: a new attempt has started, or Redis has lost a part
// of the text.
func (s snapshot) eventsAfter(at chat.Cursor) (events []chat.Event) {
	if s.rev > at.Rev {
		at.Rev = s.rev
		events = append(events, chat.Event{Kind: chat.Changed, At: at})
	}
	if s.attempt.Reply != "" && (at.Attempt() != s.attempt || at.Seq != s.start) {
		outdated := at.Reply == s.attempt.Reply && at.Seq > 0
		at.Reply, at.Fence, at.Seq = s.attempt.Reply, s.attempt.Fence, s.start
		if outdated {
			events = append(events, chat.Event{Kind: chat.Reset, At: at})
		}
	}
	for _, delta := range s.deltas {
		at.Seq++
		events = append(events, chat.Event{Kind: chat.Delta, Text: delta, At: at})
	}
	return events
}
