package client

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
)

// View is what a client shows of its rooms. It changes only by pages of messages and by
// events. The keys of its maps are ids.
type View struct {
	Messages map[string]Message
	Rooms    map[string]Room // from the events of all rooms
	Deltas   int             // how many were appended
	Resets   int             // how many texts started again
	Resyncs  int             // how often the client was told to load everything again

	// Shortened counts the replies that ended with more text than their deltas had, although
	// the view has every delta from the first one on. That is only right when the live log has
	// lost the rest: the final event has the whole text.
	Shortened int

	// AllowReplaced allows a final text that does not continue the text that was shown. After
	// the death of a worker, the whole text of the next attempt may come with its end.
	AllowReplaced bool

	texts map[string]*text // of replies that are not final
}

// text says which deltas the text of a message consists of.
type text struct {
	attempt int64
	next    int  // the seq of the next delta
	known   bool // whether attempt and next are known
	whole   bool // whether the text consists of deltas, from the first one on
}

// NewView returns an empty view.
func NewView() *View {
	return &View{
		Messages: map[string]Message{},
		Rooms:    map[string]Room{},
		texts:    map[string]*text{},
	}
}

// Load replaces messages with those of a page.
func (v *View) Load(page []Message) {
	for _, m := range page {
		v.put(m)
	}
}

// put replaces a message. It keeps the position in a running reply whose text stays the same.
func (v *View) put(m Message) {
	old, exists := v.Messages[m.ID]
	v.Messages[m.ID] = m
	unchanged := exists && old.Status == "running" && m.Status == "running" && old.Content == m.Content
	switch {
	case m.IsFinal():
		delete(v.texts, m.ID)
	case !unchanged || v.texts[m.ID] == nil:
		v.texts[m.ID] = &text{whole: m.Content == ""}
	}
}

// Apply changes the view as an event says. It fails when a client could not show the right
// text after the event.
func (v *View) Apply(e Event) error {
	switch e.Name {
	case "ping":
		return nil
	case "message":
		return change(e, v.message)
	case "delta":
		return change(e, v.appendDelta)
	case "reset":
		return change(e, v.reset)
	case "done", "failed", "cancelled":
		return change(e, func(m Message) error { return v.end(e.Name, m) })
	case "room":
		return change(e, func(r Room) error { v.Rooms[r.ID] = r; return nil })
	case "room_deleted":
		return change(e, v.deleteRoom)
	case "resync":
		v.Resyncs++
		return nil
	}
	return fmt.Errorf("event with the unknown name %q", e.Name)
}

// change decodes the data of an event and applies it.
func change[T any](e Event, apply func(T) error) error {
	var data T
	if err := json.Unmarshal([]byte(e.Data), &data); err != nil {
		return fmt.Errorf("decoding the event %+v: %w", e, err)
	}
	if err := apply(data); err != nil {
		return fmt.Errorf("applying the event %+v: %w", e, err)
	}
	return nil
}

// message replaces a message that is not a final reply.
func (v *View) message(m Message) error {
	if m.IsFinal() && !m.IsFromUser {
		return errors.New("a final reply must come with the name of its status")
	}
	v.put(m)
	return nil
}

// Delta is the data of the events delta and reset.
type Delta struct {
	ChatroomID string `json:"chatroom_id"`
	ID         string `json:"id"`
	Attempt    int64  `json:"attempt"`
	Seq        int    `json:"seq"`
	Text       string `json:"text"`
}

// appendDelta appends text. It fails when deltas before it are missing.
func (v *View) appendDelta(d Delta) error {
	m, exists := v.Messages[d.ID]
	t := v.texts[d.ID]
	switch {
	case !exists || t == nil || m.ChatroomID != d.ChatroomID:
		return errors.New("a delta of an unknown or final message")
	case d.Text == "":
		return errors.New("a delta without text")
	case t.known && (d.Attempt != t.attempt || d.Seq != t.next):
		return fmt.Errorf("the delta follows attempt %d, seq %d", t.attempt, t.next-1)
	case !t.known && (d.Seq == 0) != t.whole:
		return fmt.Errorf("the first delta must not have this seq after the text %q", m.Content)
	}
	m.Content += d.Text
	v.Messages[d.ID] = m
	v.Deltas++
	t.attempt, t.next, t.known = d.Attempt, d.Seq+1, true
	return nil
}

// reset discards the text of a message.
func (v *View) reset(d Delta) error {
	m, exists := v.Messages[d.ID]
	if !exists || m.IsFinal() {
		return errors.New("a reset of an unknown or final message")
	}
	m.Content = ""
	v.Messages[d.ID] = m
	v.Resets++
	v.texts[d.ID] = &text{attempt: d.Attempt, known: true, whole: true}
	return nil
}

// end replaces a reply with its final state. It fails when the final text does not continue
// the text that was shown.
func (v *View) end(name string, m Message) error {
	shown, t := v.Messages[m.ID].Content, v.texts[m.ID]
	if m.Status != name {
		return fmt.Errorf("a reply with the status %s must not come with the name %s", m.Status, name)
	}
	if t != nil && m.Status != "failed" && !v.AllowReplaced {
		if !strings.HasPrefix(m.Content, shown) {
			return fmt.Errorf("the final text does not begin with the text %q that was shown", shown)
		}
		if t.whole && shown != "" && m.Content != shown {
			v.Shortened++
		}
	}
	v.put(m)
	return nil
}

// forgetPositions makes the view accept any text that continues a running reply. A cursor of
// all rooms has no position in the text.
func (v *View) forgetPositions() {
	for messageID := range v.texts {
		v.texts[messageID] = &text{whole: v.Messages[messageID].Content == ""}
	}
}

// deleteRoom removes a room and its messages.
func (v *View) deleteRoom(r Room) error {
	delete(v.Rooms, r.ID)
	for messageID, m := range v.Messages {
		if m.ChatroomID == r.ID {
			delete(v.Messages, messageID)
			delete(v.texts, messageID)
		}
	}
	return nil
}
