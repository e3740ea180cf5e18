package chat_test

import (
	"testing"
	"time"

	"github.com/kuvaka-tech/parley/core/chat"
)

func TestNewPrompt(t *testing.T) {
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	draft := chat.Draft{
		Ask:    chat.Ask{Room: "room", User: "u", Key: "k", Now: now},
		Prompt: "p",
		Reply:  "r",
		Text:   "hello",
	}
	want := chat.Message{
		ID:       "p",
		Room:     "room",
		FromUser: true,
		Content:  "hello",
		Status:   chat.Done,
		Created:  now,
		Born:     7,
		Rev:      7,
	}
	if got := draft.NewPrompt(7); got != want {
		t.Errorf("the prompt added at revision 7 is %+v, want %+v", got, want)
	}
}
