package profile

import (
	"context"
	"fmt"

	"github.com/kuvaka-tech/parley/core/chat"
	"github.com/kuvaka-tech/parley/core/id"
	"github.com/kuvaka-tech/parley/core/session"
	"github.com/kuvaka-tech/parley/ports"
)

// maxRecentRooms limits how many rooms Erase removes from the live log. The log has only texts of the
// last minute. So all of them are in the rooms that were used last, unless the user has sent
// messages in more rooms than that within a minute.
const maxRecentRooms = 1000

// Erase deletes the account with all its data, and ends its sessions. The number can sign up again
// immediately. The customer at the payments provider is deleted later, which ends the
// subscription (ports.CustomerDeletions). So Erase succeeds while the provider is
// unavailable. It fails with session.ErrBadToken when the account was already erased.
//
// The message count of the day and the rate limits of the number stay until the day or their
// windows end. Otherwise an attacker could erase the account and sign up again, in order to
// get new messages and new codes.
func (s *Service) Erase(ctx context.Context, userID id.ID) error {
	recent, err := s.recentRooms(ctx, userID)
	if err != nil {
		return fmt.Errorf("listing the recent rooms: %w", err)
	}
	keep, err := s.keepCounts(ctx, userID)
	if err != nil {
		return err
	}
	if err := s.config.Eraser.Erase(ctx, userID, keep); err != nil {
		return fmt.Errorf("erasing the account: %w", session.BadTokenIfErased(err))
	}
	// An error is ignored: the live log's TTL removes the texts, and waiting requests poll the store.
	_ = s.config.Live.Delete(context.WithoutCancel(ctx), recent...)
	return nil
}

// recentRooms returns the rooms of a user that were used last: all rooms if the user has at most
// maxRecentRooms, and at least maxRecentRooms otherwise.
func (s *Service) recentRooms(ctx context.Context, userID id.ID) (rooms []chat.Room, err error) {
	var after *ports.RoomCursor
	for {
		page, err := s.config.Rooms.List(ctx, userID, after, maxRecentRooms)
		if err != nil {
			return nil, err
		}
		rooms = append(rooms, page.Rooms...)
		if !page.More || len(rooms) >= maxRecentRooms {
			return rooms, nil
		}
		last := rooms[len(rooms)-1]
		after = &ports.RoomCursor{Updated: last.Updated, ID: last.ID}
	}
}
