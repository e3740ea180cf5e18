package memory

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/kuvaka-tech/parley/core/chat"
	"github.com/kuvaka-tech/parley/core/id"
	"github.com/kuvaka-tech/parley/core/user"
	"github.com/kuvaka-tech/parley/ports"
)

// Add implements ports.Rooms.
func (s Rooms) Add(ctx context.Context, r chat.Room) error {
	unlock, err := s.lock(ctx)
	if err != nil {
		return err
	}
	defer unlock()
	if s.users[r.Owner] == nil {
		return user.ErrNotFound
	}
	added := &room{Room: r}
	s.touch(added)
	s.rooms[r.ID] = added
	o, ok := s.owners[r.Owner]
	if !ok {
		o = ownerRooms{rooms: map[id.ID]*room{}, deleted: map[id.ID]deletedRoom{}}
		s.owners[r.Owner] = o
	}
	o.rooms[r.ID] = added
	return nil
}

// lockRoom locks the store and returns the owner's room and the function that unlocks the store.
// If it fails, the store is not locked. It fails with chat.ErrNotFound, or as lock does.
func (s *Store) lockRoom(ctx context.Context, owner, roomID id.ID) (r *room, unlock func(), err error) {
	unlock, err = s.lock(ctx)
	if err != nil {
		return nil, nil, err
	}
	r = s.rooms[roomID]
	if r == nil || r.Owner != owner {
		unlock()
		return nil, nil, chat.ErrNotFound
	}
	return r, unlock, nil
}

// Get implements ports.Rooms.
func (s Rooms) Get(ctx context.Context, owner, roomID id.ID) (chat.Room, error) {
	r, unlock, err := s.lockRoom(ctx, owner, roomID)
	if err != nil {
		return chat.Room{}, err
	}
	defer unlock()
	return r.Room, nil
}

// List implements ports.Rooms.
func (s Rooms) List(ctx context.Context, owner id.ID, after *ports.RoomCursor, limit int) (chat.RoomPage, error) {
	unlock, err := s.lock(ctx)
	if err != nil {
		return chat.RoomPage{}, err
	}
	defer unlock()
	var list []chat.Room
	for _, r := range s.owners[owner].rooms {
		if after == nil || newestFirst(*after, cursorOf(r.Room)) < 0 {
			list = append(list, r.Room)
		}
	}
	slices.SortFunc(list, func(a, b chat.Room) int { return newestFirst(cursorOf(a), cursorOf(b)) })
	return chat.NewRoomPage(list, limit), nil
}

func cursorOf(r chat.Room) ports.RoomCursor { return ports.RoomCursor{Updated: r.Updated, ID: r.ID} }

// newestFirst compares two positions in a list of rooms, the most recently updated first.
func newestFirst(a, b ports.RoomCursor) int {
	return cmp.Or(b.Updated.Compare(a.Updated), cmp.Compare(b.ID, a.ID))
}

// Update implements ports.Rooms.
func (s Rooms) Update(ctx context.Context, owner, roomID id.ID, u chat.RoomUpdate) (chat.Room, error) {
	r, unlock, err := s.lockRoom(ctx, owner, roomID)
	if err != nil {
		return chat.Room{}, err
	}
	defer unlock()
	r.Room = u.Apply(r.Room)
	s.touch(r)
	return r.Room, nil
}

// Delete implements ports.Rooms.
func (s Rooms) Delete(ctx context.Context, owner, roomID id.ID) error {
	r, unlock, err := s.lockRoom(ctx, owner, roomID)
	if err != nil {
		return err
	}
	defer unlock()
	for _, p := range r.unfinished {
		delete(s.unfinished, p.ID)
	}
	for k, v := range s.idempotency {
		if v.reply.Room == roomID {
			delete(s.idempotency, k)
		}
	}
	delete(s.rooms, roomID)
	delete(s.owners[owner].rooms, roomID)
	s.touch(r)
	s.owners[owner].deleted[roomID] = deletedRoom{at: time.Now(), changed: r.changed}
	return nil
}
