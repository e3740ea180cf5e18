package chat_test

import (
	"testing"
	"time"

	"github.com/kuvaka-tech/parley/core/chat"
)

func TestEditReturnsTheOldTextWithItsTime(t *testing.T) {
	sent := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	first, second := sent.Add(time.Hour), sent.Add(2*time.Hour)
	m := chat.Message{ID: "p", FromUser: true, Content: "one", Status: chat.Done, Created: sent}
	for _, edit := range []struct {
		text string
		at   time.Time
		want chat.Version
	}{
		{"two", first, chat.Version{Content: "one", Status: chat.Done, Created: sent}},
		{"three", second, chat.Version{Content: "two", Status: chat.Done, Created: first}},
	} {
		if got := m.Edit(edit.text, edit.at); got != edit.want {
			t.Errorf("the edit to %q returned %+v, want %+v", edit.text, got, edit.want)
		}
	}
	want := chat.Message{
		ID:       "p",
		FromUser: true,
		Content:  "three",
		Status:   chat.Done,
		Created:  sent,
		Revised:  second,
		Versions: 2,
	}
	if m != want {
		t.Errorf("the edited message is %+v, want %+v", m, want)
	}
}

func TestTakeVersionSkipsMessagesWithoutText(t *testing.T) {
	m := chat.Message{Status: chat.Cancelled}
	if v, ok := m.TakeVersion(); ok || v != (chat.Version{}) || m.Versions != 0 {
		t.Errorf("TakeVersion of an empty reply returned %+v, %v and counted %d versions, want none", v, ok, m.Versions)
	}
	m.Content = "half"
	if v, ok := m.TakeVersion(); !ok || v.Content != "half" || v.Status != chat.Cancelled || m.Versions != 1 {
		t.Errorf("TakeVersion returned %+v, %v and counted %d versions, want one with the text", v, ok, m.Versions)
	}
}
