package talk_test

import (
	"crypto/rand"
	"strings"
	"testing"

	"github.com/kuvaka-tech/parley/core/chat"
	"github.com/kuvaka-tech/parley/core/fault"
)

func TestANewRoomHasTheSettingsOfTheRequest(t *testing.T) {
	for _, c := range []struct {
		settings           chat.RoomUpdate
		name, systemPrompt string
	}{
		{chat.RoomUpdate{}, "", ""},
		{chat.RoomUpdate{Name: new(" Owls ")}, "Owls", ""},
		{chat.RoomUpdate{SystemPrompt: new(" Answer as an owl. ")}, "", " Answer as an owl. "},
		{chat.RoomUpdate{SystemPrompt: new(" \n")}, "", ""},
	} {
		h := newHarness(t, rand.Reader)
		created, err := h.Create(t.Context(), ada, c.settings)
		if err != nil {
			t.Fatalf("creating a room: %v", err)
		}
		stored, err := h.Room(t.Context(), ada, string(created.ID))
		if err != nil || stored != created || stored.Name != c.name || stored.SystemPrompt != c.systemPrompt {
			t.Errorf("the room %+v is stored as %+v (error %v), want the name %q and the system prompt %q",
				created, stored, err, c.name, c.systemPrompt)
		}
	}
}

func TestInvalidSettingsChangeNothing(t *testing.T) {
	h := newHarness(t, rand.Reader)
	room, _ := h.ask(t)
	for field, u := range map[string]chat.RoomUpdate{
		"name":          {Name: new(" "), SystemPrompt: new("valid")},
		"system_prompt": {Name: new("valid"), SystemPrompt: new(strings.Repeat("é", 4001))},
	} {
		_, errCreate := h.Create(t.Context(), ada, u)
		_, errUpdate := h.UpdateRoom(t.Context(), ada, room, u)
		for _, err := range []error{errCreate, errUpdate} {
			if f := fault.Of(err); f.Kind != fault.Invalid || f.Fields[0].Name != field {
				t.Errorf("the error of an invalid %s is %v with the fields %v, want that field", field, err, f.Fields)
			}
		}
	}
	page, err := h.List(t.Context(), ada, nil, 5)
	if err != nil || len(page.Rooms) != 1 || page.Rooms[0].Name != "r" || page.Rooms[0].SystemPrompt != "" {
		t.Errorf("the rooms are %+v (error %v), want only the room r without a system prompt", page, err)
	}
}

func TestAnUpdateIsAnnouncedOnlyIfItHasSettings(t *testing.T) {
	inBubble(t, func(t *testing.T, h *harness) {
		room := h.newRoom(t, "room")
		f := h.watchRooms(t, nil)
		update := func(u chat.RoomUpdate) {
			if _, err := h.UpdateRoom(t.Context(), ada, room, u); err != nil {
				t.Fatalf("updating the room: %v", err)
			}
		}
		update(chat.RoomUpdate{})
		f.want()
		update(chat.RoomUpdate{SystemPrompt: new("Answer as an owl.")})
		f.want("room room")
	})
}
