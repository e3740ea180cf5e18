package client

import (
	"fmt"
	"testing"
)

// messageEvent returns the event for a reply.
func messageEvent(name, status, content string) Event {
	return Event{Name: name, Data: fmt.Sprintf(
		`{"id":"a","chatroom_id":"r","in_reply_to":"p","status":%q,"content":%q}`, status, content)}
}

// deltaEvent returns an event that appends the text "x", or discards it.
func deltaEvent(name string, attempt, seq int) Event {
	return Event{Name: name, Data: fmt.Sprintf(
		`{"id":"a","chatroom_id":"r","attempt":%d,"seq":%d,"text":"x"}`, attempt, seq)}
}

func TestAViewShowsTheTextOfTheLastEvent(t *testing.T) {
	running := messageEvent("message", "running", "")
	first := deltaEvent("delta", 1, 0)
	reset := deltaEvent("reset", 2, 0)
	for name, c := range map[string]struct {
		events []Event
		want   string
	}{
		"deltas":               {[]Event{running, first, deltaEvent("delta", 1, 1)}, "xx"},
		"deltas after a text":  {[]Event{messageEvent("message", "running", "ab"), deltaEvent("delta", 3, 7)}, "abx"},
		"a reset":              {[]Event{running, first, reset}, ""},
		"deltas after a reset": {[]Event{running, reset, deltaEvent("delta", 2, 0)}, "x"},
		"the whole text":       {[]Event{running, first, messageEvent("done", "done", "xy")}, "xy"},
		"a fallback text":      {[]Event{running, first, messageEvent("failed", "failed", "no")}, "no"},
		"a reply in another turn": {
			[]Event{messageEvent("done", "done", "y"), messageEvent("message", "queued", "")}, "",
		},
	} {
		v := NewView()
		for _, e := range c.events {
			if err := v.Apply(e); err != nil {
				t.Errorf("%s: the event %+v failed: %v", name, e, err)
			}
		}
		if got := v.Messages["a"].Content; got != c.want {
			t.Errorf("%s: the view shows %q, want %q", name, got, c.want)
		}
	}
}

func TestAViewRefusesEventsThatLeadToAWrongText(t *testing.T) {
	running := messageEvent("message", "running", "")
	first := deltaEvent("delta", 1, 0)
	for name, events := range map[string][]Event{
		"a delta of an unknown message":      {first},
		"a delta that is missing":            {running, first, deltaEvent("delta", 1, 2)},
		"a delta twice":                      {running, first, first},
		"no first delta":                     {running, deltaEvent("delta", 1, 1)},
		"another attempt without a reset":    {running, first, deltaEvent("delta", 2, 0)},
		"a first delta after a text":         {messageEvent("message", "running", "ab"), first},
		"a delta after the end":              {messageEvent("done", "done", "y"), first},
		"another text at the end":            {running, first, messageEvent("done", "done", "y")},
		"a shorter text at the cancellation": {running, first, messageEvent("cancelled", "cancelled", "")},
		"another name than the status":       {running, messageEvent("done", "failed", "")},
		"an end with the name message":       {running, messageEvent("message", "done", "")},
		"an unknown name":                    {{Name: "x", Data: "{}"}},
		"data that is not JSON":              {{Name: "delta", Data: "{"}},
	} {
		v := NewView()
		last := len(events) - 1
		for _, e := range events[:last] {
			if err := v.Apply(e); err != nil {
				t.Errorf("%s: an earlier event failed: %v", name, err)
			}
		}
		if err := v.Apply(events[last]); err == nil {
			t.Errorf("%s: the event %+v succeeded, want an error", name, events[last])
		}
	}
}

func TestADeletedRoomTakesItsMessagesAlong(t *testing.T) {
	v := NewView()
	for _, e := range []Event{
		{Name: "room", Data: `{"id":"r","name":"a room"}`},
		messageEvent("message", "running", ""),
		{Name: "room_deleted", Data: `{"id":"r"}`},
	} {
		if err := v.Apply(e); err != nil {
			t.Fatalf("apply %+v: %v", e, err)
		}
	}
	if len(v.Rooms)+len(v.Messages) != 0 {
		t.Errorf("the view still has the rooms %v and the messages %v, want none", v.Rooms, v.Messages)
	}
}

func TestDeltasThatAreLeftOutBeforeTheEndAreCounted(t *testing.T) {
	for end, want := range map[string]int{"x": 0, "xy": 1} {
		v := NewView()
		for _, e := range []Event{
			messageEvent("message", "running", ""), deltaEvent("delta", 1, 0), messageEvent("done", "done", end),
		} {
			if err := v.Apply(e); err != nil {
				t.Fatalf("apply %+v: %v", e, err)
			}
		}
		if v.Shortened != want || v.Deltas != 1 {
			t.Errorf("after the end %q: %d shortened texts and %d deltas, want %d and 1",
				end, v.Shortened, v.Deltas, want)
		}
	}
}
