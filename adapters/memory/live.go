package memory

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/kuvaka-tech/parley/core/chat"
	"github.com/kuvaka-tech/parley/core/id"
	"github.com/kuvaka-tech/parley/core/reply"
)

// Live implements ports.Live and ports.LiveReader within one process. It removes a text
// endedTextTTL after its end, and a room after chat.LiveLogTTL without an event or a new
// follower.
type Live struct {
	mu             sync.Mutex
	rooms          map[id.ID]*liveRoom
	ownerFollowers map[id.ID]map[ownerFollower]bool // by owner
	lastSweep      time.Time
}

// NewLive returns an empty live log.
func NewLive() *Live {
	return &Live{
		rooms:          map[id.ID]*liveRoom{},
		ownerFollowers: map[id.ID]map[ownerFollower]bool{},
		lastSweep:      time.Now(),
	}
}

// Append implements ports.Live.
func (l *Live) Append(ctx context.Context, p chat.Piece) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	r := l.room(p.Room)
	if r.rejects(p.Attempt) {
		return reply.ErrClaimLost
	}
	text := r.text
	if text.Attempt != p.Attempt {
		text = chat.LiveText{Attempt: p.Attempt}
	}
	if p.From > len(text.Deltas) {
		return chat.ErrGap
	}
	if known := len(text.Deltas) - p.From; known < len(p.Deltas) {
		text.Deltas = append(text.Deltas, p.Deltas[known:]...)
	}
	if r.hasRunningText() && r.text.Reply != p.Reply {
		r.remember(r.text.Attempt)
	}
	r.text = text
	r.notify()
	return nil
}

// Announce implements ports.Live.
func (l *Live) Announce(ctx context.Context, a chat.Announcement) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	r := l.room(a.Room)
	r.rev = max(r.rev, a.Rev)
	for _, ended := range a.Ended {
		r.remember(ended)
		if r.textUpTo(ended) != nil {
			r.endText()
		}
	}
	if a.Started {
		r.notify()
	} else {
		r.notifyOutcome()
	}
	l.notifyOwner(a.Owner)
	return nil
}

// Seal implements ports.Live.
func (l *Live) Seal(ctx context.Context, roomID id.ID, a chat.Attempt) (chat.LiveText, error) {
	if err := ctx.Err(); err != nil {
		return chat.LiveText{}, err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	r := l.room(roomID)
	r.remember(a)
	if text := r.textUpTo(a); text != nil && (!text.Ended || text.Attempt == a) {
		sealed := copyOf(*text)
		sealed.Ended = false
		return sealed, nil
	}
	return chat.LiveText{}, nil
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
		r.rev = chat.LastRev
		r.text = chat.LiveText{}
		r.ended = nil
		r.deleted = true
		r.notifyOutcome()
		l.notifyOwner(deleted.Owner)
	}
	return nil
}

// room returns the live log of a room, which it creates if necessary. The caller holds the
// lock.
func (l *Live) room(roomID id.ID) *liveRoom {
	now := time.Now()
	l.sweep(now)
	r := l.rooms[roomID]
	if r == nil {
		r = &liveRoom{changed: make(chan struct{}), outcome: make(chan struct{})}
		l.rooms[roomID] = r
	}
	r.lastUsed = now
	return r
}

// sweep removes what is not needed any more, at most once per endedTextTTL. It notifies the
// followers of the rooms that it removes. They read again and so create the room again.
func (l *Live) sweep(now time.Time) {
	if now.Sub(l.lastSweep) < endedTextTTL {
		return
	}
	l.lastSweep = now
	for roomID, r := range l.rooms {
		r.removeEndedText(now)
		if now.Sub(r.lastUsed) >= chat.LiveLogTTL {
			delete(l.rooms, roomID)
			r.notifyOutcome()
		}
	}
}

// copyOf returns a copy of the text. Later Appends do not change it.
func copyOf(t chat.LiveText) chat.LiveText {
	t.Deltas = slices.Clone(t.Deltas)
	return t
}
