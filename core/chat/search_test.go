package chat_test

import (
	"slices"
	"testing"
	"time"

	"github.com/kuvaka-tech/parley/core/chat"
	"github.com/kuvaka-tech/parley/core/text"
)

func TestASearchSelectsTextsOfTheConversation(t *testing.T) {
	q, err := text.NewQuery("OWL")
	if err != nil {
		t.Fatalf("NewQuery: %v", err)
	}
	for _, c := range []struct {
		message chat.Message
		want    bool
	}{
		{newMessage(true, "Owls", chat.Done), true},
		{newMessage(false, "Owls", chat.Done), true},
		{newMessage(false, "Owls", chat.Cancelled), true},
		{newMessage(false, "Owls", chat.Failed), false},
		{newMessage(false, "Owls", chat.Queued), false},
		{newMessage(false, "Owls", chat.Running), false},
		{newMessage(true, "Bats", chat.Done), false},
	} {
		if got := (chat.SearchQuery{Text: q}).Selects(c.message); got != c.want {
			t.Errorf("Selects(%+v) = %v, want %v", c.message, got, c.want)
		}
		if (chat.SearchQuery{}).Selects(c.message) {
			t.Errorf("a query without a text selects %+v, want nothing", c.message)
		}
	}
}

func TestSearchPositionsOrderMessagesByTimeRoomAndBorn(t *testing.T) {
	q, err := text.NewQuery("owl")
	if err != nil {
		t.Fatalf("NewQuery: %v", err)
	}
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	var want []chat.Message
	for _, p := range []chat.SearchPosition{
		{Created: now, Room: "a", Born: 1},
		{Created: now, Room: "b", Born: 4},
		{Created: now, Room: "b", Born: 3},
		{Created: now, Room: "a", Born: 9},
		{Created: now.Add(-time.Microsecond), Room: "c", Born: 9},
	} {
		want = append(want, chat.Message{
			Room:     p.Room,
			FromUser: true,
			Content:  "owl",
			Created:  p.Created,
			Born:     p.Born,
		})
	}
	want = []chat.Message{want[1], want[2], want[3], want[0], want[4]}
	got := slices.Clone(want)
	slices.Reverse(got)
	slices.SortFunc(got, chat.NewestFirst)
	if !slices.Equal(got, want) {
		t.Errorf("the order is %+v, want %+v", got, want)
	}
	for i, before := range want {
		position := chat.PositionOf(before)
		q := chat.SearchQuery{Text: q, Before: &position}
		for j, m := range want {
			if selected := q.Selects(m); selected != (j > i) {
				t.Errorf("the query after message %d selects message %d: %v, want %v", i, j, selected, j > i)
			}
		}
	}
}
