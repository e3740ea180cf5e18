package httpapi

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/kuvaka-tech/parley/app/talk"
	"github.com/kuvaka-tech/parley/core/chat"
)

// A text must not be able to end its line, because it could then add fields and events.
func FuzzEventData(f *testing.F) {
	for _, text := range []string{
		"plain", "a\nb", "a\r\nid: x\r\n\r\n", "\n\nevent: done\ndata: {}\n\n", "\u2028\u2029\u0085", "<&>\"\\", "\x00",
	} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		text = strings.ToValidUTF8(text, "")
		encoded := eventOf(talk.Update{Kind: talk.TextAppended, Delta: talk.Delta{Text: text}}).encode("an-id")
		data, exists := strings.CutPrefix(encoded, "id: an-id\nevent: delta\ndata: ")
		data, ends := strings.CutSuffix(data, "\n\n")
		if !exists || !ends || strings.ContainsAny(data, "\r\n") {
			t.Fatalf("event = %q, want an id, a name and one line of data", encoded)
		}
		var delta TextDelta
		if err := json.Unmarshal([]byte(data), &delta); err != nil || delta.Text != text {
			t.Errorf("text of the event = %q, error %v; want %q", delta.Text, err, text)
		}
	})
}

func TestEventsAreNamedByTheirUpdates(t *testing.T) {
	ended := func(s chat.Status) talk.Update {
		return talk.Update{Kind: talk.ReplyEnded, Message: chat.Message{Status: s}}
	}
	for name, u := range map[string]talk.Update{
		"message":      {Kind: talk.MessageChanged},
		"done":         ended(chat.Done),
		"failed":       ended(chat.Failed),
		"cancelled":    ended(chat.Cancelled),
		"delta":        {Kind: talk.TextAppended},
		"reset":        {Kind: talk.TextReset},
		"room":         {Kind: talk.RoomChanged},
		"room_deleted": {Kind: talk.RoomDeleted},
		"resync":       {Kind: talk.Resync},
	} {
		if got := eventOf(u).name; got != name {
			t.Errorf("name of the event for %+v = %q, want %q", u, got, name)
		}
	}
}

func TestASendStreamsOnlyForTheExactMediaType(t *testing.T) {
	for accept, want := range map[string]bool{
		"text/event-stream":                     true,
		"Text/Event-Stream":                     true,
		"application/json, text/event-stream":   true,
		"text/event-stream;q=0.9, */*;q=0.1":    true,
		" text/event-stream ; charset=utf-8":    true,
		"":                                      false,
		"*/*":                                   false,
		"text/*":                                false,
		"application/json":                      false,
		"text/event-streams":                    false,
		"application/json;x=text/event-stream":  false,
		"application/json; x=text/event-stream": false,
	} {
		if got := acceptsEvents(accept); got != want {
			t.Errorf("Accept %q asks for events: %v, want %v", accept, got, want)
		}
	}
}
