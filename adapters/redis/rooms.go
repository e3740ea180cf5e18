package redis

import (
	"context"

	"github.com/kuvaka-tech/parley/core/chat"
	"github.com/kuvaka-tech/parley/core/id"
	"github.com/kuvaka-tech/parley/ports"
)

// Rooms is a ports.Rooms that announces the changes by another one. Redis being unavailable
// never fails a call.
type Rooms struct {
	ports.Rooms
	versions *RoomVersions
}

// NewRooms returns a Rooms over another one.
func NewRooms(rooms ports.Rooms, versions *RoomVersions) *Rooms { return &Rooms{rooms, versions} }

// Add implements ports.Rooms.
func (r *Rooms) Add(ctx context.Context, room chat.Room) error {
	err := r.Rooms.Add(ctx, room)
	r.versions.afterWrite(ctx, room.Owner, err)
	return err
}

// Update implements ports.Rooms.
func (r *Rooms) Update(ctx context.Context, owner, roomID id.ID, u chat.RoomUpdate) (chat.Room, error) {
	room, err := r.Rooms.Update(ctx, owner, roomID, u)
	r.versions.afterWrite(ctx, owner, err)
	return room, err
}

// Delete implements ports.Rooms.
func (r *Rooms) Delete(ctx context.Context, owner, roomID id.ID) error {
	err := r.Rooms.Delete(ctx, owner, roomID)
	r.versions.afterWrite(ctx, owner, err)
	return err
}

// Messages is a ports.Messages that announces changes of rooms, because an accepted message
// changes the order of the rooms.
type Messages struct {
	ports.Messages
	versions *RoomVersions
}

// NewMessages returns a Messages over another one.
func NewMessages(messages ports.Messages, versions *RoomVersions) *Messages {
	return &Messages{messages, versions}
}

// Accept implements ports.Messages. It also announces a replay: the process that handled the
// first request may have crashed before it announced the change.
func (m *Messages) Accept(ctx context.Context, d chat.Draft) (chat.Accepted, error) {
	accepted, err := m.Messages.Accept(ctx, d)
	m.versions.afterWrite(ctx, d.User, err)
	return accepted, err
}

// MessageChanges is a ports.MessageChanges that announces changes of rooms, because an edit
// changes the order of the rooms, as a message does.
type MessageChanges struct {
	ports.MessageChanges
	versions *RoomVersions
}

// NewMessageChanges returns a MessageChanges over another one.
func NewMessageChanges(changes ports.MessageChanges, versions *RoomVersions) *MessageChanges {
	return &MessageChanges{changes, versions}
}

// Edit implements ports.MessageChanges. Like Accept, it also announces a replay.
func (m *MessageChanges) Edit(ctx context.Context, e chat.Edit) (chat.Accepted, error) {
	accepted, err := m.MessageChanges.Edit(ctx, e)
	m.versions.afterWrite(ctx, e.User, err)
	return accepted, err
}
