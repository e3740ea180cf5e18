package sim

import (
	"encoding/json"
	"fmt"
	"maps"

	"github.com/kuvaka-tech/parley/core/chat"
	"github.com/kuvaka-tech/parley/core/id"
)

// view is what a client has joined from events and pages.
type view struct {
	u        *person
	name     string // in the trace
	messages map[id.ID]*shownMessage
	rooms    map[id.ID]shownRoom
	since    map[id.ID]int64 // by room: the view has all messages that changed after this revision
}

// messageData is a message in an event or a page.
type messageData struct {
	ID         id.ID       `json:"id"`
	Room       id.ID       `json:"chatroom_id"`
	Content    string      `json:"content"`
	IsFromUser bool        `json:"is_from_user"`
	InReplyTo  id.ID       `json:"in_reply_to"`
	Status     chat.Status `json:"status"`
	Versions   int         `json:"versions"`
}

// shownMessage is a message of a view.
type shownMessage struct {
	messageData
	attempt chat.Attempt // of the deltas that were appended since the client has connected
	whole   bool         // the client has all deltas of the attempt
	unread  int          // what world.unread returned at the first of them
}

type shownRoom struct {
	name         string
	systemPrompt string
	deleted      bool
}

// deltaData is the data of the events delta and reset.
type deltaData struct {
	ID      id.ID  `json:"id"`
	Room    id.ID  `json:"chatroom_id"`
	Attempt int64  `json:"attempt"`
	Seq     int    `json:"seq"`
	Text    string `json:"text"`
}

func newView(u *person) *view {
	return &view{
		u:        u,
		name:     fmt.Sprintf("view %d of user %d", u.w.number(&u.views), u.n),
		messages: map[id.ID]*shownMessage{},
		rooms:    map[id.ID]shownRoom{},
		since:    map[id.ID]int64{},
	}
}

// interrupt records that the client has disconnected.
func (v *view) interrupt() {
	for _, m := range v.messages {
		m.attempt = chat.Attempt{}
		m.whole = false
	}
}

// apply joins an event.
func (v *view) apply(e event) {
	w := v.u.w
	w.note(fmt.Sprintf("%s gets %s %s", v.name, e.name, e.data))
	w.count("events")
	var err error
	switch e.name {
	case "message":
		var m messageData
		err = json.Unmarshal([]byte(e.data), &m)
		v.replace(m)
	case "done", "failed", "cancelled":
		var m messageData
		err = json.Unmarshal([]byte(e.data), &m)
		v.end(m)
	case "delta":
		var d deltaData
		err = json.Unmarshal([]byte(e.data), &d)
		v.append(d)
	case "reset":
		var d deltaData
		err = json.Unmarshal([]byte(e.data), &d)
		v.reset(d)
	case "": // tells the position at the start of the stream
	case "room", "room_deleted":
		err = v.applyRoom(e)
	default:
		w.violate("%s got the event %s %s", v.name, e.name, e.data)
	}
	if err != nil {
		w.violate("%s cannot decode %s %s: %v", v.name, e.name, e.data, err)
	}
}

func (v *view) applyRoom(e event) error {
	var r struct {
		ID           id.ID  `json:"id"`
		Name         string `json:"name"`
		SystemPrompt string `json:"system_prompt"`
	}
	err := json.Unmarshal([]byte(e.data), &r)
	if e.name == "room" {
		v.rooms[r.ID] = shownRoom{name: r.Name, systemPrompt: r.SystemPrompt}
		return err
	}
	v.rooms[r.ID] = shownRoom{deleted: true}
	maps.DeleteFunc(v.messages, func(_ id.ID, m *shownMessage) bool { return m.Room == r.ID })
	return err
}

// replace shows a message as it is.
func (v *view) replace(m messageData) { v.messages[m.ID] = &shownMessage{messageData: m} }

// reset discards the text of a reply.
func (v *view) reset(d deltaData) {
	m := v.message(d)
	m.Content = ""
	m.attempt = chat.Attempt{}
	v.u.w.count("resets")
}

// message returns the reply of a delta. The client does not know it if it was disconnected
// before the message of a running reply.
func (v *view) message(d deltaData) *shownMessage {
	if v.messages[d.ID] == nil {
		v.replace(messageData{ID: d.ID, Room: d.Room, Status: chat.Running})
	}
	return v.messages[d.ID]
}

// append appends a delta. It must continue the text: the client then has the text of the
// attempt up to the delta.
func (v *view) append(d deltaData) {
	w := v.u.w
	m := v.message(d)
	attempt := chat.Attempt{Reply: d.ID, Fence: d.Attempt}
	m.whole = d.Seq == 0 && m.Content == "" || m.whole && m.attempt == attempt
	if m.attempt != attempt {
		m.attempt = attempt
		m.unread = w.unread(d.Room)
	}
	m.Content += d.Text
	want := w.textUpTo(attempt, d.Seq)
	if m.Content != want {
		w.violate("%s has joined %q up to delta %d of attempt %d, want %q", v.name, m.Content, d.Seq, d.Attempt, want)
		m.Content = want
	}
	w.count("deltas")
}
