package redis

import (
	"context"

	"github.com/kuvaka-tech/parley/core/chat"
	"github.com/kuvaka-tech/parley/core/id"
	"github.com/kuvaka-tech/parley/ports"
)

// Rooms is a ports.Rooms that lists from a cache what another one keeps. A
// listed room's revision may be as old as the list: answers move it, and no one
// who lists rooms looks at it. A cache that fails costs time and nothing else.
type Rooms struct {
	ports.Rooms
	lists *Lists
}

// NewRooms returns rooms with cached lists.
func NewRooms(rooms ports.Rooms, lists *Lists) *Rooms { return &Rooms{rooms, lists} }

func (r *Rooms) List(ctx context.Context, owner id.ID, after *ports.Place, limit int) ([]chat.Room, error) {
	if after != nil {
		return r.Rooms.List(ctx, owner, after, limit)
	}
	rooms, edition, found := r.lists.page(ctx, owner, limit)
	if found {
		return rooms, nil
	}
	rooms, err := r.Rooms.List(ctx, owner, nil, limit)
	if err == nil && edition != "" {
		r.lists.put(ctx, owner, limit, edition, rooms)
	}
	return rooms, err
}

func (r *Rooms) Add(ctx context.Context, room chat.Room) error {
	err := r.Rooms.Add(ctx, room)
	r.lists.written(ctx, room.Owner, err)
	return err
}

func (r *Rooms) Rename(ctx context.Context, owner, id id.ID, name string) (chat.Room, error) {
	room, err := r.Rooms.Rename(ctx, owner, id, name)
	r.lists.written(ctx, owner, err)
	return room, err
}

func (r *Rooms) Delete(ctx context.Context, owner, id id.ID) error {
	err := r.Rooms.Delete(ctx, owner, id)
	r.lists.written(ctx, owner, err)
	return err
}

// Messages is a ports.Messages whose accepted messages drop the cached lists
// that they reorder.
type Messages struct {
	ports.Messages
	lists *Lists
}

// NewMessages returns messages that share their lists with NewRooms.
func NewMessages(messages ports.Messages, lists *Lists) *Messages { return &Messages{messages, lists} }

func (m *Messages) Accept(ctx context.Context, d chat.Draft) (chat.Accepted, error) {
	a, err := m.Messages.Accept(ctx, d)
	m.lists.written(ctx, d.User, err) // also for a replay: the first may have died before it came here
	return a, err
}
