package portstest

import (
	"time"

	"github.com/kuvaka-tech/parley/core/chat"
)

func (t *storeTest) roomsNameless() {
	r := chat.Room{ID: newID(t), Owner: t.addUser().ID, Created: midday, Updated: midday}
	must(t, t.Rooms.Add(t.ctx, r))
	wantEqual(t, "the room", t.getRoom(r), r)
	t.wantRooms(r.Owner, nil, 50, r)
}

func (t *storeTest) roomsUpdate() {
	r := t.addRoom()
	other := t.addRoomOf(r.Owner, midday.Add(time.Hour))
	for _, c := range []struct {
		update             chat.RoomUpdate
		name, systemPrompt string
	}{
		{chat.RoomUpdate{Name: new("Bats 🦇")}, "Bats 🦇", r.SystemPrompt},
		{chat.RoomUpdate{SystemPrompt: new("\tAnswer as a bat. ")}, "Bats 🦇", "\tAnswer as a bat. "},
		{chat.RoomUpdate{}, "Bats 🦇", "\tAnswer as a bat. "},
		{chat.RoomUpdate{SystemPrompt: new("")}, "Bats 🦇", ""},
		{chat.RoomUpdate{Name: new("Owls"), SystemPrompt: new("🦉")}, "Owls", "🦉"},
	} {
		got, err := t.Rooms.Update(t.ctx, r.Owner, r.ID, c.update)
		must(t, err)
		r.Name = c.name
		r.SystemPrompt = c.systemPrompt
		wantEqual(t, "the result of Update", got, r)
		wantEqual(t, "the room", t.getRoom(r), r)
		t.wantRooms(r.Owner, nil, 50, other, r)
	}
}

// rename changes the name of a room.
func (t *storeTest) rename(r chat.Room, name string) error {
	return errorOf(t.Rooms.Update(t.ctx, r.Owner, r.ID, chat.RoomUpdate{Name: &name}))
}
