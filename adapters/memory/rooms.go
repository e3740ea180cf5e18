package memory

import (
	"cmp"
	"context"
	"slices"

	"github.com/kuvaka-tech/parley/core/chat"
	"github.com/kuvaka-tech/parley/core/id"
	"github.com/kuvaka-tech/parley/core/user"
	"github.com/kuvaka-tech/parley/ports"
)

// Add fails with user.ErrNotFound when there is no such owner any more.
func (s Rooms) Add(ctx context.Context, r chat.Room) error {
	unlock, err := s.lock(ctx)
	if err != nil {
		return err
	}
	defer unlock()
	if s.users[r.Owner] == nil {
		return user.ErrNotFound
	}
	s.rooms[r.ID] = &room{Room: r}
	return nil
}

// room finds a room as its owner sees it. The caller holds the lock.
func (s *Store) room(owner, id id.ID) (*room, error) {
	if r := s.rooms[id]; r != nil && r.Owner == owner {
		return r, nil
	}
	return nil, chat.ErrNotFound
}

func (s Rooms) Get(ctx context.Context, owner, id id.ID) (chat.Room, error) {
	unlock, err := s.lock(ctx)
	if err != nil {
		return chat.Room{}, err
	}
	defer unlock()
	r, err := s.room(owner, id)
	if err != nil {
		return chat.Room{}, err
	}
	return r.Room, nil
}

func (s Rooms) List(ctx context.Context, owner id.ID, after *ports.Place, limit int) ([]chat.Room, error) {
	unlock, err := s.lock(ctx)
	if err != nil {
		return nil, err
	}
	defer unlock()
	var list []chat.Room
	for _, r := range s.rooms {
		if r.Owner == owner && (after == nil || newestFirst(*after, placeOf(r.Room)) < 0) {
			list = append(list, r.Room)
		}
	}
	slices.SortFunc(list, func(a, b chat.Room) int { return newestFirst(placeOf(a), placeOf(b)) })
	return list[:min(limit, len(list))], nil
}

func placeOf(r chat.Room) ports.Place { return ports.Place{Updated: r.Updated, ID: r.ID} }

func newestFirst(a, b ports.Place) int {
	return cmp.Or(b.Updated.Compare(a.Updated), cmp.Compare(b.ID, a.ID))
}

func (s Rooms) Rename(ctx context.Context, owner, id id.ID, name string) (chat.Room, error) {
	unlock, err := s.lock(ctx)
	if err != nil {
		return chat.Room{}, err
	}
	defer unlock()
	r, err := s.room(owner, id)
	if err != nil {
		return chat.Room{}, err
	}
	r.Name = name
	return r.Room, nil
}

func (s Rooms) Delete(ctx context.Context, owner, id id.ID) error {
	unlock, err := s.lock(ctx)
	if err != nil {
		return err
	}
	defer unlock()
	r, err := s.room(owner, id)
	if err != nil {
		return err
	}
	for _, p := range r.pending {
		delete(s.replies, p.ID)
	}
	for k, v := range s.keys {
		if v.prompt.Room == id {
			delete(s.keys, k)
		}
	}
	delete(s.rooms, id)
	return nil
}
