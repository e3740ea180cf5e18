package talk

import (
	"context"
	"fmt"

	"github.com/kuvaka-tech/parley/core/chat"
	"github.com/kuvaka-tech/parley/core/id"
	"github.com/kuvaka-tech/parley/core/text"
)

// UpdateRoom changes settings of a room and returns the room. It fails with the errors of
// text.Name and text.SystemPrompt, or with chat.ErrNotFound. An update without settings
// writes and announces nothing.
func (s *Service) UpdateRoom(ctx context.Context, owner id.ID, room string, u chat.RoomUpdate) (chat.Room, error) {
	u, err := checkSettings(u)
	if err != nil {
		return chat.Room{}, err
	}
	if u == (chat.RoomUpdate{}) {
		return s.Room(ctx, owner, room)
	}
	roomID, err := parseID(room)
	if err != nil {
		return chat.Room{}, err
	}
	r, err := s.config.Rooms.Update(ctx, owner, roomID, u)
	if err != nil {
		return chat.Room{}, fmt.Errorf("updating the room: %w", err)
	}
	s.announce(ctx, r)
	return r, nil
}

// checkSettings returns the settings as they are stored. It fails with the errors of
// text.Name and text.SystemPrompt.
func checkSettings(u chat.RoomUpdate) (chat.RoomUpdate, error) {
	name, err := checkIfSet(u.Name, text.Name)
	if err != nil {
		return chat.RoomUpdate{}, err
	}
	systemPrompt, err := checkIfSet(u.SystemPrompt, text.SystemPrompt)
	if err != nil {
		return chat.RoomUpdate{}, err
	}
	return chat.RoomUpdate{Name: name, SystemPrompt: systemPrompt}, nil
}

// checkIfSet returns the result of check for a setting. It returns nil for nil.
func checkIfSet(setting *string, check func(string) (string, error)) (*string, error) {
	if setting == nil {
		return nil, nil
	}
	s, err := check(*setting)
	if err != nil {
		return nil, err
	}
	return &s, nil
}
