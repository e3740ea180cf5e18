package sim

import (
	"context"

	"github.com/kuvaka-tech/parley/core/chat"
	"github.com/kuvaka-tech/parley/core/id"
)

// end shows a final reply. Its text is what the client has joined.
func (v *view) end(m messageData) {
	w := v.u.w
	shown := v.messages[m.ID]
	v.replace(m)
	x, _ := w.exchangeOf(m.ID)
	o, ok := x.outcomeOf(m)
	switch {
	case !ok:
		w.violate("%s got a reply that is %s with %q, which never was", v.name, m.Status, m.Content)
	case shown == nil || shown.attempt.Fence <= o.discarded || m.Status == chat.Failed || o.textLost:
	case shown.Content == m.Content && shown.whole:
		w.count("followed from start to end")
	case shown.Content != m.Content && w.canRead(shown, o):
		w.violate("%s had %q, the reply ended as %s with %q", v.name, shown.Content, m.Status, m.Content)
	}
}

// canRead reports whether followers of an attempt could read all of its text when it ended.
func (w *world) canRead(m *shownMessage, o outcome) bool {
	if m.unread != w.unread(m.Room) || o.Status == chat.Done && m.attempt.Fence != o.fence {
		return false
	}
	log, _, err := w.live.connect()
	if err != nil {
		return false
	}
	text, err := log.Read(context.Background(), m.Room)
	return err == nil && text.Attempt == m.attempt
}

// unread returns how often followers of a room could not read its text.
func (w *world) unread(roomID id.ID) int {
	w.truth.mu.Lock()
	defer w.truth.mu.Unlock()
	return w.truth.unread[roomID]
}

// missText records that a follower of a room could not read its text.
func (w *world) missText(roomID id.ID) {
	w.truth.mu.Lock()
	defer w.truth.mu.Unlock()
	w.truth.unread[roomID]++
}

// outcomeOf returns the outcome of the exchange that a message shows.
func (x *exchange) outcomeOf(m messageData) (outcome, bool) {
	for _, o := range x.finals {
		if o.Status == m.Status && o.Content == m.Content {
			return o, true
		}
	}
	return outcome{}, false
}
