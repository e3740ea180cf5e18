package redis

import (
	"context"

	"github.com/kuvaka-tech/parley/core/chat"
	"github.com/kuvaka-tech/parley/core/id"
	"github.com/kuvaka-tech/parley/ports"
)

// Rooms is a ports.Rooms that caches the first pages of another ports.Rooms. An error
// of the cache costs time, but never fails a call.
//
// The revision of a room in a cached page may be out of date. Replies change the
// revision without invalidating the page, because no client reads it from a list.
type Rooms struct {
	ports.Rooms
	cache *RoomListCache
}

// NewRooms returns a Rooms that caches the first pages of rooms.
func NewRooms(rooms ports.Rooms, cache *RoomListCache) *Rooms { return &Rooms{rooms, cache} }

// List implements ports.Rooms.
func (r *Rooms) List(ctx context.Context, owner id.ID, after *ports.RoomCursor, limit int) ([]chat.Room, error) {
	if after != nil {
		return r.Rooms.List(ctx, owner, after, limit)
	}
	page := r.cache.get(ctx, owner, limit)
	if page.found {
		return page.rooms, nil
	}
	rooms, err := r.Rooms.List(ctx, owner, nil, limit)
	if err == nil && page.generation != "" {
		r.cache.put(ctx, owner, limit, page.generation, rooms)
	}
	return rooms, err
}

// Add implements ports.Rooms.
func (r *Rooms) Add(ctx context.Context, room chat.Room) error {
	err := r.Rooms.Add(ctx, room)
	r.cache.afterWrite(ctx, room.Owner, err)
	return err
}

// Update implements ports.Rooms.
func (r *Rooms) Update(ctx context.Context, owner, roomID id.ID, u chat.RoomUpdate) (chat.Room, error) {
	room, err := r.Rooms.Update(ctx, owner, roomID, u)
	r.cache.afterWrite(ctx, owner, err)
	return room, err
}

// Delete implements ports.Rooms.
func (r *Rooms) Delete(ctx context.Context, owner, roomID id.ID) error {
	err := r.Rooms.Delete(ctx, owner, roomID)
	r.cache.afterWrite(ctx, owner, err)
	return err
}

// Messages is a ports.Messages that invalidates cached room lists, because an
// accepted message changes their order.
type Messages struct {
	ports.Messages
	cache *RoomListCache
}

// NewMessages returns a Messages over another one. cache must be the cache of NewRooms.
func NewMessages(messages ports.Messages, cache *RoomListCache) *Messages {
	return &Messages{messages, cache}
}

// Accept implements ports.Messages. It also invalidates the pages after a replay: the
// process that handled the first request may have crashed before it invalidated them.
func (m *Messages) Accept(ctx context.Context, d chat.Draft) (chat.Accepted, error) {
	accepted, err := m.Messages.Accept(ctx, d)
	m.cache.afterWrite(ctx, d.User, err)
	return accepted, err
}

// MessageChanges is a ports.MessageChanges that invalidates cached room lists, because an
// edit changes their order, as a message does.
type MessageChanges struct {
	ports.MessageChanges
	cache *RoomListCache
}

// NewMessageChanges returns a MessageChanges over another one. cache must be the cache of
// NewRooms.
func NewMessageChanges(changes ports.MessageChanges, cache *RoomListCache) *MessageChanges {
	return &MessageChanges{changes, cache}
}

// Edit implements ports.MessageChanges. Like Accept, it also invalidates after a replay.
func (m *MessageChanges) Edit(ctx context.Context, e chat.Edit) (chat.Accepted, error) {
	accepted, err := m.MessageChanges.Edit(ctx, e)
	m.cache.afterWrite(ctx, e.User, err)
	return accepted, err
}
