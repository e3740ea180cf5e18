package sim

import (
	"encoding/json"
	"net/http"
	"time"

	"github.com/kuvaka-tech/parley/core/chat"
	"github.com/kuvaka-tech/parley/core/id"
)

// listener is a client that sends a message and reads the events of its reply.
type listener struct {
	u             *person
	ask           ask
	view          *view
	cursor        string // of the last event, "" for none
	prompt, reply id.ID
	ended         time.Time // when the final event came; zero before
}

// sayAndListen sends a message and reads the events of its reply up to the final one. After
// an interruption it continues with the events of the room.
func (u *person) sayAndListen(r *room) {
	if r == nil {
		return
	}
	u.w.count("requests for an answer")
	l := &listener{u: u, ask: u.newSend(r), view: newView(u)}
	for range maxTries {
		if !l.connect() || !l.ended.IsZero() {
			break
		}
		time.Sleep(time.Duration(u.rng.Int64N(int64(20 * time.Second))))
	}
	if l.ended.IsZero() {
		return
	}
	u.w.count("listeners")
	u.remember(said{room: r, prompt: string(l.prompt), reply: string(l.reply)})
	if l.ask.key != "" && u.rng.IntN(2) == 0 {
		l.repeat()
	}
}

// repeat sends the same request again, without events. The response is about the same message.
func (l *listener) repeat() {
	r, ok := l.u.perform(l.ask)
	if ok && (r.Field("id") != string(l.prompt) || r.Field("reply.id") != string(l.reply)) {
		l.u.w.violate("a message and its repetition are %s, %s and %s", l.prompt, l.reply, r.Body)
	}
}

// connect sends the message, or continues after the last event. It returns false when there
// is nothing to continue with.
func (l *listener) connect() (goOn bool) {
	u := l.u
	l.view.interrupt()
	events := 1 + u.rng.IntN(60)
	s := l.request()
	s.onEvent = func(e event) bool {
		l.read(e, s.method == http.MethodPost)
		events--
		return events > 0 && (l.ended.IsZero() || s.method == http.MethodPost) // its stream ends by itself
	}
	r, ok := u.w.stream(u.w.night, u, s)
	if !l.ended.IsZero() && time.Since(l.ended) > time.Second {
		u.w.violate("the stream of a message did not end with its reply")
	}
	switch {
	case !ok || r.Status >= 500 || r.Status == http.StatusOK:
		return l.ask.key != "" || l.cursor != ""
	case s.method == http.MethodPost:
		u.checkRefusal(l.ask, r)
	case !l.ask.room.isMissing(r):
		u.w.violate("continue %s: status %d %s", s.target, r.Status, r.Body)
	}
	return false
}

func (l *listener) request() streamRequest {
	s := streamRequest{
		method:  l.ask.method,
		target:  l.ask.target,
		body:    l.ask.body,
		lasts:   time.Duration(l.u.rng.Int64N(int64(3 * time.Minute))),
		headers: map[string]string{"Idempotency-Key": l.ask.key},
	}
	if l.cursor != "" {
		s.method = http.MethodGet
		s.target = "/chatroom/" + l.ask.room.id + "/events"
		s.body = nil
		s.headers = map[string]string{"Last-Event-ID": l.cursor}
	}
	return s
}

// read joins an event. With only, the stream has only events of the message and its reply.
func (l *listener) read(e event, only bool) {
	l.cursor = e.id
	l.view.apply(e)
	var m messageData
	if err := json.Unmarshal([]byte(e.data), &m); err != nil {
		l.u.w.violate("a client cannot decode %s: %v", e.data, err)
	}
	switch {
	case m.IsFromUser && l.prompt == "":
		l.prompt = m.ID // it comes first
	case m.InReplyTo == l.prompt:
		l.reply = m.ID
	}
	if only && m.ID != l.prompt && m.ID != l.reply {
		l.u.w.violate("the stream of a message has another one: %s %s", e.name, e.data)
	}
	if m.ID == l.reply && chat.Status(e.name).Final() {
		l.ended = time.Now()
	}
}
