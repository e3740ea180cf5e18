package memory

import (
	"context"
	"iter"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/kuvaka-tech/parley/core/chat"
	"github.com/kuvaka-tech/parley/core/id"
)

// Live is a ports.Live for one process. It forgets rooms in which nothing has happened for a while.
type Live struct {
	mu    sync.Mutex
	rooms map[id.ID]*scene
	swept time.Time
}

// scene is what followers of a room can see; changed is closed and replaced
// whenever that changes. A room has one answer under way at a time, so the text
// of the next ends the last one, whose end may never have been announced.
type scene struct {
	rev     int64
	text    *writing  // nil when nothing is being written
	ended   []writing // the last few that ended here, whose late writers are refused
	deleted bool
	changed chan struct{}
	used    time.Time
}

// writing is the text of one attempt at a reply.
type writing struct {
	reply  id.ID
	fence  int64
	deltas []string
}

const remembered = 8

// NewLive returns a live log in which nothing has happened.
func NewLive() *Live { return &Live{rooms: map[id.ID]*scene{}, swept: time.Now()} }

func (l *Live) scene(room id.ID) *scene {
	now := time.Now()
	l.sweep(now)
	s := l.rooms[room]
	if s == nil {
		s = &scene{changed: make(chan struct{})}
		l.rooms[room] = s
	}
	s.used = now
	return s
}

// sweep forgets what nobody has used for long. Who still follows a room that is
// forgotten is told to look again, and so has it remembered anew.
func (l *Live) sweep(now time.Time) {
	if now.Sub(l.swept) < chat.LiveFor {
		return
	}
	l.swept = now
	for room, s := range l.rooms {
		if now.Sub(s.used) >= chat.LiveFor {
			delete(l.rooms, room)
			s.tell()
		}
	}
}

func (s *scene) tell() {
	close(s.changed)
	s.changed = make(chan struct{})
}

func (l *Live) Append(ctx context.Context, p chat.Piece) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	s := l.scene(p.Room)
	if s.late(p) {
		return chat.ErrLost
	}
	w := s.text
	if w == nil || w.reply != p.Reply || w.fence < p.Fence {
		w = &writing{reply: p.Reply, fence: p.Fence}
	}
	if p.From > len(w.deltas) {
		return chat.ErrGap
	}
	if known := len(w.deltas) - p.From; known < len(p.Deltas) {
		w.deltas = append(w.deltas, p.Deltas[known:]...)
	}
	if s.text != nil && s.text.reply != p.Reply {
		s.end()
	}
	s.text = w
	s.tell()
	return nil
}

// end forgets the text that is there, and remembers that it ended.
func (s *scene) end() {
	s.ended = append(s.ended, writing{reply: s.text.reply, fence: s.text.fence})
	s.ended = s.ended[max(0, len(s.ended)-remembered):]
	s.text = nil
}

// late says that the piece's attempt has been overtaken by a newer one, or has ended, if only with its room.
func (s *scene) late(p chat.Piece) bool {
	if s.deleted {
		return true
	}
	over := func(w writing) bool { return w.reply == p.Reply && p.Fence <= w.fence }
	return s.text != nil && s.text.reply == p.Reply && p.Fence < s.text.fence || slices.ContainsFunc(s.ended, over)
}

func (l *Live) Announce(ctx context.Context, room id.ID, rev int64, ended ...id.ID) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	s := l.scene(room)
	s.rev = max(s.rev, rev)
	if s.text != nil && slices.Contains(ended, s.text.reply) {
		s.end()
	}
	s.tell()
	return nil
}

func (l *Live) Delete(ctx context.Context, rooms ...chat.Room) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, r := range rooms {
		s := l.scene(r.ID)
		s.rev, s.text, s.ended, s.deleted = max(s.rev, r.Rev+1), nil, nil, true
		s.tell()
	}
	return nil
}

func (l *Live) Read(ctx context.Context, room, reply id.ID) (string, error) {
	if err := ctx.Err(); err != nil {
		return "", err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if s := l.rooms[room]; s != nil && s.text != nil && s.text.reply == reply {
		return strings.Join(s.text.deltas, ""), nil
	}
	return "", nil
}

func (l *Live) Follow(ctx context.Context, room id.ID, from chat.Cursor) iter.Seq2[chat.Event, error] {
	return func(yield func(chat.Event, error) bool) {
		at := from
		for ctx.Err() == nil {
			events, changed := l.after(room, at)
			for _, e := range events {
				at = e.At
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

// after is what there is to see after a cursor, and what closes when there is more.
func (l *Live) after(room id.ID, at chat.Cursor) ([]chat.Event, <-chan struct{}) {
	l.mu.Lock()
	defer l.mu.Unlock()
	s := l.scene(room)
	var events []chat.Event
	if w := s.text; w != nil {
		if at.Reply != w.reply || at.Fence != w.fence || at.Seq > len(w.deltas) {
			restart := at.Reply == w.reply
			at.Reply, at.Fence, at.Seq = w.reply, w.fence, 0
			if restart {
				events = append(events, chat.Event{Kind: chat.Reset, At: at})
			}
		}
		for _, d := range w.deltas[at.Seq:] {
			at.Seq++
			events = append(events, chat.Event{Kind: chat.Delta, Text: d, At: at})
		}
	}
	if s.rev > at.Rev {
		at.Rev = s.rev
		events = append(events, chat.Event{Kind: chat.Changed, At: at})
	}
	return events, s.changed
}
