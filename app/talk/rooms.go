package talk

import (
	"context"
	"fmt"

	"github.com/kuvaka-tech/parley/core/chat"
	"github.com/kuvaka-tech/parley/core/id"
	"github.com/kuvaka-tech/parley/core/session"
	"github.com/kuvaka-tech/parley/ports"
)

// Create adds a room with these settings and returns it. Without a name, the name is "". It
// fails with the errors of text.Name and text.SystemPrompt, or with session.ErrBadToken when
// the account was erased.
func (s *Service) Create(ctx context.Context, owner id.ID, settings chat.RoomUpdate) (chat.Room, error) {
	settings, err := checkSettings(settings)
	if err != nil {
		return chat.Room{}, err
	}
	now := s.config.Clock.Now()
	roomID, err := id.New(now, s.config.Random)
	if err != nil {
		return chat.Room{}, err
	}
	room := settings.Apply(chat.Room{
		ID:      roomID,
		Owner:   owner,
		Created: now,
		Updated: now,
	})
	if err := s.config.Rooms.Add(ctx, room); err != nil {
		return chat.Room{}, fmt.Errorf("adding the room: %w", session.BadTokenIfErased(err))
	}
	s.announce(ctx, room)
	return room, nil
}

// Room returns a room. It fails with chat.ErrNotFound.
func (s *Service) Room(ctx context.Context, owner id.ID, room string) (chat.Room, error) {
	roomID, err := parseID(room)
	if err != nil {
		return chat.Room{}, err
	}
	r, err := s.config.Rooms.Get(ctx, owner, roomID)
	if err != nil {
		return chat.Room{}, fmt.Errorf("reading the room: %w", err)
	}
	return r, nil
}

// List returns a page of at most limit rooms after a cursor, the most recently used first. A nil
// cursor means the start of the list.
func (s *Service) List(
	ctx context.Context, owner id.ID, after *ports.RoomCursor, limit int,
) (chat.RoomPage, error) {
	page, err := s.config.Rooms.List(ctx, owner, after, limit)
	if err != nil {
		return chat.RoomPage{}, fmt.Errorf("listing rooms: %w", err)
	}
	return page, nil
}

// Delete deletes a room with its messages. It ends the requests that wait for a reply in
// the room. It fails with chat.ErrNotFound.
func (s *Service) Delete(ctx context.Context, owner id.ID, room string) error {
	r, err := s.Room(ctx, owner, room)
	if err != nil {
		return err
	}
	if err := s.config.Rooms.Delete(ctx, owner, r.ID); err != nil {
		return fmt.Errorf("deleting the room: %w", err)
	}
	// An error is ignored: the live log's TTL removes the text, and waiting requests poll the store.
	_ = s.config.Live.Delete(context.WithoutCancel(ctx), r)
	return nil
}

// announce tells the followers of the user's rooms that a room was added or has new settings. It
// ignores an error: the followers read the store from time to time.
func (s *Service) announce(ctx context.Context, r chat.Room) {
	a := chat.Announcement{Owner: r.Owner, Room: r.ID, Rev: r.Rev}
	_ = s.config.Live.Announce(context.WithoutCancel(ctx), a)
}
