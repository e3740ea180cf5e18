package memory

import (
	"context"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/kuvaka-tech/parley/core/chat"
	"github.com/kuvaka-tech/parley/core/id"
	"github.com/kuvaka-tech/parley/core/reply"
)

// Live implements ports.Live within one process. It removes a room after chat.LiveLogTTL
// without an event or a new follower.
type Live struct {
	mu        sync.Mutex
	rooms     map[id.ID]*liveRoom
	lastSweep time.Time
}

// liveRoom is the live log of one room. A room has at most one running reply. So the first
// delta of a reply ends the text of the previous reply, even if that end was not announced.
type liveRoom struct {
	rev      int64
	text     *liveText     // nil when no reply is running
	ended    []liveText    // the last maxEnded texts that ended, without deltas, to reject late writes
	deleted  bool          // whether the room was deleted
	changed  chan struct{} // closed and replaced on every event
	lastUsed time.Time     // the last event, or the last read by a follower
}

// liveText is the text of one attempt at a reply.
type liveText struct {
	reply  id.ID
	fence  int64
	deltas []string
}

// maxEnded limits the ended texts of a room that are remembered.
const maxEnded = 8

// NewLive returns an empty live log.
func NewLive() *Live { return &Live{rooms: map[id.ID]*liveRoom{}, lastSweep: time.Now()} }

// Append implements ports.Live.
func (l *Live) Append(ctx context.Context, p chat.Piece) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	r := l.room(p.Room)
	if r.rejects(p) {
		return reply.ErrClaimLost
	}
	text := r.text
	if text == nil || text.reply != p.Reply || text.fence < p.Fence {
		text = &liveText{reply: p.Reply, fence: p.Fence}
	}
	if p.From > len(text.deltas) {
		return chat.ErrGap
	}
	if known := len(text.deltas) - p.From; known < len(p.Deltas) {
		text.deltas = append(text.deltas, p.Deltas[known:]...)
	}
	if r.text != nil && r.text.reply != p.Reply {
		r.endText()
	}
	r.text = text
	r.notify()
	return nil
}

// Announce implements ports.Live.
func (l *Live) Announce(ctx context.Context, roomID id.ID, rev int64, ended ...id.ID) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	r := l.room(roomID)
	r.rev = max(r.rev, rev)
	if r.text != nil && slices.Contains(ended, r.text.reply) {
		r.endText()
	}
	r.notify()
	return nil
}

// Delete implements ports.Live.
func (l *Live) Delete(ctx context.Context, rooms ...chat.Room) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, deleted := range rooms {
		r := l.room(deleted.ID)
		r.rev = max(r.rev, deleted.Rev+1)
		r.text = nil
		r.ended = nil
		r.deleted = true
		r.notify()
	}
	return nil
}

// Read implements ports.Live.
func (l *Live) Read(ctx context.Context, roomID, replyID id.ID) (string, error) {
	if err := ctx.Err(); err != nil {
		return "", err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if r := l.rooms[roomID]; r != nil && r.text != nil && r.text.reply == replyID {
		return strings.Join(r.text.deltas, ""), nil
	}
	return "", nil
}

// room returns the live log of a room, which it creates if necessary. The caller holds the
// lock.
func (l *Live) room(roomID id.ID) *liveRoom {
	now := time.Now()
	l.sweep(now)
	r := l.rooms[roomID]
	if r == nil {
		r = &liveRoom{changed: make(chan struct{})}
		l.rooms[roomID] = r
	}
	r.lastUsed = now
	return r
}

// sweep removes the rooms that were not used for chat.LiveLogTTL, at most once per
// chat.LiveLogTTL. It notifies their followers, who read again and so create the room again.
func (l *Live) sweep(now time.Time) {
	if now.Sub(l.lastSweep) < chat.LiveLogTTL {
		return
	}
	l.lastSweep = now
	for roomID, r := range l.rooms {
		if now.Sub(r.lastUsed) >= chat.LiveLogTTL {
			delete(l.rooms, roomID)
			r.notify()
		}
	}
}

// notify wakes the followers of the room, which then call eventsAfter.
func (r *liveRoom) notify() {
	close(r.changed)
	r.changed = make(chan struct{})
}

// endText removes the current text and adds its attempt to ended.
func (r *liveRoom) endText() {
	r.ended = append(r.ended, liveText{reply: r.text.reply, fence: r.text.fence})
	r.ended = r.ended[max(0, len(r.ended)-maxEnded):]
	r.text = nil
}

// rejects reports whether the attempt that writes the piece has ended, a newer attempt has
// written, or the room was deleted.
func (r *liveRoom) rejects(p chat.Piece) bool {
	if r.deleted {
		return true
	}
	if r.text != nil && r.text.reply == p.Reply && p.Fence < r.text.fence {
		return true
	}
	return slices.ContainsFunc(r.ended, func(t liveText) bool { return t.reply == p.Reply && p.Fence <= t.fence })
}
