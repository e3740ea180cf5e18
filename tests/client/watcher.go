package client

import (
	"context"
	"errors"
	"io"
	"slices"
	"strings"
	"testing"
	"time"
)

// watchTimeout is how long a Watcher waits for an event. A stream has a ping every 15 s.
const watchTimeout = 30 * time.Second

var errNoEvent = errors.New("no event within 30 s")

// Watcher follows a stream of events and applies them to a View. It fails its test when the
// stream is not as expected.
type Watcher struct {
	*Stream
	View *View
	Path string
	testing.TB
}

// Watch opens a stream of events and waits until it has begun. It fails the test unless the
// response is one.
func (d Device) Watch(path string, headers ...string) *Watcher {
	d.Helper()
	w := d.watch("GET", path, nil, NewView(), headers...)
	if len(headers) > 0 || strings.Contains(path, "?") {
		return w // the client already has a position
	}
	defer time.AfterFunc(watchTimeout, w.Close).Stop()
	if err := w.WaitBegan(); err != nil {
		d.Fatalf("%s: wait for the begin of the stream: %v", path, err)
	}
	return w
}

// SendAndWatch sends a message and returns the stream of its events. It fails the test unless
// the response is one.
func (d Device) SendAndWatch(room, text string, headers ...string) *Watcher {
	d.Helper()
	body := map[string]string{"content": text}
	headers = append([]string{"Accept", eventStream}, headers...)
	return d.watch("POST", "/chatroom/"+room+"/message", body, NewView(), headers...)
}

func (d Device) watch(method, path string, body any, v *View, headers ...string) *Watcher {
	d.Helper()
	s, err := d.Open(context.Background(), method, path, body, headers...)
	if err != nil {
		d.Fatalf("open a stream: %v", err)
	}
	d.Cleanup(s.Close)
	if !s.HasEvents() {
		r, err := s.Response()
		d.Fatalf("%s %s: status %d, Content-Type %q, body %s, error %v; want status 200 and %s",
			method, path, s.Status, s.Header.Get("Content-Type"), r.Body, err, eventStream)
	}
	return &Watcher{
		Stream: s,
		View:   v,
		Path:   path,
		TB:     d.TB,
	}
}

// Next waits for the next event and applies it to the view. It fails the test when none
// comes within 30 s, when the stream ends, or when the view cannot show the right text.
func (w *Watcher) Next() Event {
	w.Helper()
	e, err := w.next()
	if err != nil {
		w.Fatalf("%s: wait for an event: %v", w.Path, err)
	}
	return e
}

// next returns the next event, io.EOF at the end of the stream, or errNoEvent.
func (w *Watcher) next() (Event, error) {
	w.Helper()
	timeout := time.AfterFunc(watchTimeout, w.Close)
	e, err := w.Stream.Next()
	if !timeout.Stop() {
		return e, errNoEvent
	}
	if err != nil {
		return e, err
	}
	if err := w.View.Apply(e); err != nil {
		w.Errorf("%s: wrong event: %v", w.Path, err)
	}
	return e, nil
}

// Until reads events up to the first one with one of the names, and returns all of them.
func (w *Watcher) Until(names ...string) []Event {
	w.Helper()
	for events := []Event(nil); ; {
		e := w.Next()
		events = append(events, e)
		if slices.Contains(names, e.Name) {
			return events
		}
	}
}

// UntilView reads events until the view is as wanted.
func (w *Watcher) UntilView(isWanted func(*View) bool) {
	w.Helper()
	for !isWanted(w.View) {
		w.Next()
	}
}

// Rest reads events until the server ends the stream, and returns them. It fails the test when
// no event comes within 30 s.
func (w *Watcher) Rest() (events []Event) {
	w.Helper()
	for {
		e, err := w.next()
		switch {
		case errors.Is(err, io.EOF):
			return events
		case err != nil:
			w.Fatalf("%s: wait for the end of the stream: %v", w.Path, err)
		}
		events = append(events, e)
	}
}

// Resume disconnects, and continues on a device after the last event, with the same view.
func (w *Watcher) Resume(d Device) *Watcher {
	w.Helper()
	w.Close()
	if w.Path == "/events" {
		w.View.forgetPositions()
	}
	return d.watch("GET", w.Path, nil, w.View, "Last-Event-ID", w.LastID())
}
