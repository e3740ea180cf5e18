package sim

import (
	"context"

	"github.com/kuvaka-tech/parley/adapters/memory"
	"github.com/kuvaka-tech/parley/core/id"
)

// start records that the view has everything that changes from now on: in one room, or in all
// rooms.
func (v *view) start(r *room) {
	w := v.u.w
	if r == nil {
		for roomID, stored := range w.roomsOf(v.u.id) {
			v.since[roomID] = stored.Rev
		}
		return
	}
	stored, err := memory.Rooms{Store: w.store}.Get(context.Background(), v.u.id, id.ID(r.id))
	if err == nil {
		v.since[stored.ID] = stored.Rev
	}
}

// check checks at the end of the day that the view equals the store. r is the only room of
// the view, nil if it has all rooms.
func (v *view) check(r *room) {
	if r != nil {
		v.checkMessages(id.ID(r.id))
		return
	}
	w := v.u.w
	stored := w.roomsOf(v.u.id)
	for roomID, want := range stored {
		since, old := v.since[roomID]
		shown, known := v.rooms[roomID]
		switch {
		case known && shown != shownRoom{name: want.Name, systemPrompt: want.SystemPrompt}:
			w.violate("%s has the room %q with the system prompt %q as %+v",
				v.name, want.Name, want.SystemPrompt, shown)
		case !known && (!old || want.Rev > since):
			w.violate("%s does not have the room %q, which has changed", v.name, want.Name)
		}
		v.checkMessages(roomID)
	}
	for roomID := range v.since {
		if _, exists := stored[roomID]; !exists && !v.rooms[roomID].deleted {
			w.violate("%s did not learn that a room was deleted", v.name)
		}
	}
	for roomID, shown := range v.rooms {
		if _, exists := stored[roomID]; !exists && !shown.deleted {
			w.violate("%s has the room %q, which was deleted", v.name, shown.name)
		}
	}
}

// checkMessages checks the messages of a room.
func (v *view) checkMessages(roomID id.ID) {
	w := v.u.w
	messages, err := w.messagesOf(v.u.id, roomID)
	if err != nil {
		w.violate("%s has a room that cannot be read: %v", v.name, err)
	}
	for _, m := range messages {
		shown := v.messages[m.ID]
		switch {
		case shown == nil && m.Rev > v.since[roomID]:
			w.violate("%s does not have a message that changed at revision %d, after %d: %s %q",
				v.name, m.Rev, v.since[roomID], m.Status, m.Content)
		case shown == nil:
		case shown.Content != m.Content || shown.Status != m.Status || shown.Versions != m.Versions:
			w.violate("%s has a message as %s %q with %d versions, it is %s %q with %d",
				v.name, shown.Status, shown.Content, shown.Versions, m.Status, m.Content, m.Versions)
		}
		w.count("compared messages")
	}
}
