package talk

import (
	"context"
	"errors"
	"fmt"

	"github.com/kuvaka-tech/parley/core/chat"
	"github.com/kuvaka-tech/parley/core/id"
)

// readChanges yields what has changed since the last position. Only the last update has the
// new position: a client that reconnects after an earlier one gets all of them again.
func (f *feedFollower) readChanges(ctx context.Context) error {
	read := f.service.config.Clock.Now()
	changes, err := f.service.config.Feed.Changes(ctx, f.owner, f.at.Position)
	if err != nil {
		return fmt.Errorf("reading the changes of the rooms: %w", err)
	}
	for _, roomID := range changes.Deleted {
		if err := f.removeRoom(roomID); err != nil {
			return err
		}
	}
	for _, change := range changes.Rooms {
		if err := f.roomChange(ctx, change); err != nil {
			return err
		}
	}
	f.at = FeedCursor{Position: changes.At, Read: read}
	return f.release()
}

// hold yields the held update and holds u instead. It fails with errStopped.
func (f *feedFollower) hold(u Update) error {
	err := f.release()
	f.held = &u
	return err
}

// release yields the held update, if there is one. It fails with errStopped.
func (f *feedFollower) release() error {
	u := f.held
	f.held = nil
	if u == nil {
		return nil
	}
	return f.send(*u)
}

// removeRoom yields RoomDeleted, once for each room.
func (f *feedFollower) removeRoom(roomID id.ID) error {
	r := f.room(roomID)
	r.stopText()
	if r.known.Owner == deletedRoom.Owner {
		return nil
	}
	r.known = deletedRoom
	return f.hold(Update{Kind: RoomDeleted, Room: chat.Room{ID: roomID}})
}

// deletedRoom marks a followedRoom whose deletion was sent. No real room has this owner.
var deletedRoom = chat.Room{Owner: "deleted"}

// roomChange yields the room, unless the last update has it, and its changed messages.
func (f *feedFollower) roomChange(ctx context.Context, c chat.RoomChange) error {
	r := f.room(c.ID)
	r.cursor.Rev = max(r.cursor.Rev, c.FromRev)
	rev := c.Room.Rev
	c.Room.Rev = 0
	if r.known != c.Room {
		r.known = c.Room
		if err := f.hold(Update{Kind: RoomChanged, Room: c.Room}); err != nil {
			return err
		}
	}
	if rev <= r.cursor.Rev {
		return nil
	}
	all, err := r.changes(ctx, func(u Update) bool { return f.hold(u) == nil })
	switch {
	case errors.Is(err, chat.ErrNotFound):
		return nil // the next changes have the deletion
	case err != nil:
		return err
	case !all:
		return errStopped
	}
	f.followText(ctx, r)
	return nil
}
