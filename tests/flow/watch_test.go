package flow

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"path"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/kuvaka-tech/parley/core/chat"
	"github.com/kuvaka-tech/parley/tests/client"
)

const (
	lastEventID = "Last-Event-ID" // the header
	allRooms    = "/events"
)

func messagesOf(room string) string { return "/chatroom/" + room + "/messages" }

func eventsOf(room string) string { return "/chatroom/" + room + "/events" }

// watchRoom opens the stream of a room.
func (d device) watchRoom(room string, headers ...string) *client.Watcher {
	d.Helper()
	return d.Watch(eventsOf(room), headers...)
}

// messageID returns the id in the path of a message.
func messageID(messagePath string) string { return path.Base(messagePath) }

// wordModel is a model that sends words at a fixed interval.
type wordModel struct {
	words int
	every time.Duration
}

// Answer implements modelFunc.
func (m wordModel) answer(ctx context.Context, _ chat.Prompt, emit func(string) error) error {
	for i := range m.words {
		if err := sleep(ctx, m.every); err != nil {
			return err
		}
		if err := emit(m.word(i)); err != nil {
			return err
		}
	}
	return nil
}

func (wordModel) word(i int) string { return fmt.Sprintf("word-%d\n", i) }

// text returns the whole answer.
func (m wordModel) text() string {
	var b strings.Builder
	for i := range m.words {
		b.WriteString(m.word(i))
	}
	return b.String()
}

// messageOf decodes the message of an event.
func messageOf(t testing.TB, e client.Event) (m client.Message) {
	t.Helper()
	if err := json.Unmarshal([]byte(e.Data), &m); err != nil {
		t.Fatalf("decode the event %+v: %v", e, err)
	}
	return m
}

// summaryOf describes each event by its name, and a message also by its text and status.
// Deltas that follow each other are one entry.
func summaryOf(t testing.TB, events []client.Event) (all []string) {
	t.Helper()
	for _, e := range events {
		text := e.Name
		switch e.Name {
		case "message":
			m := messageOf(t, e)
			text = strings.TrimSpace(fmt.Sprintf("%s %s %s", e.Name, m.Status, m.Content))
		case "delta":
			if len(all) > 0 && all[len(all)-1] == text {
				continue
			}
		}
		all = append(all, text)
	}
	return all
}

// checkView checks that a view shows a reply as the API does, and that the deltas of each
// reply have joined to its text.
func (d device) checkView(v *client.View, replyPath string) {
	d.Helper()
	var want client.Message
	if err := d.Want(http.StatusOK, "GET", replyPath, nil).Decode(&want); err != nil {
		d.Fatalf("decode the reply: %v", err)
	}
	if diff := cmp.Diff(want, v.Messages[messageID(replyPath)]); diff != "" {
		d.Errorf("the view does not show the reply as the API does (-want +view):\n%s", diff)
	}
	if v.Shortened != 0 {
		d.Errorf("%d replies ended with more text than their deltas had, want none", v.Shortened)
	}
}

// isFinal returns a function that reports whether a view shows that a reply has ended.
func isFinal(replyPath string) func(*client.View) bool {
	return func(v *client.View) bool { return v.Messages[messageID(replyPath)].IsFinal() }
}

// checkEvents checks the summary of events.
func checkEvents(t testing.TB, events []client.Event, want ...string) {
	t.Helper()
	if got := summaryOf(t, events); !slices.Equal(got, want) {
		t.Errorf("events = %q, want %q", got, want)
	}
}
