package talk

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"

	"github.com/kuvaka-tech/parley/core/chat"
	"github.com/kuvaka-tech/parley/core/id"
)

// readChanges yields what has changed since the last position, in one part or several. Only the
// last update of a part has the position after it: a client that reconnects after an earlier one
// gets the whole part again.
func (f *feedFollower) readChanges(ctx context.Context) error {
	read := f.service.config.Clock.Now()
	if f.at.Position.After != "" { // the first part was read for an earlier stream of the client
		read = f.at.Read
	}
	for more := true; more; {
		changes, err := f.service.config.Feed.Changes(ctx, f.owner, f.at.Position)
		if err != nil {
			return fmt.Errorf("reading the changes of the rooms: %w", err)
		}
		if err := f.part(ctx, changes); err != nil {
			return err
		}
		more = changes.More
		f.at.Position = changes.At
		if !more {
			f.at.Read = read
		}
		if err := f.release(); err != nil {
			return err
		}
	}
	return nil
}

// part yields the updates of a part of the changes, and holds the last one.
func (f *feedFollower) part(ctx context.Context, changes chat.FeedChanges) error {
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
	return nil
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
	if r.deleted {
		return nil
	}
	r.deleted = true
	return f.hold(Update{Kind: RoomDeleted, Room: chat.Room{ID: roomID}})
}

// roomChange yields the room, unless the last update has it, and its changed messages.
func (f *feedFollower) roomChange(ctx context.Context, c chat.RoomChange) error {
	r := f.room(c.ID)
	r.cursor.Rev = max(r.cursor.Rev, c.FromRev)
	if shown := hashOf(c.Room); r.shown != shown {
		r.shown = shown
		if err := f.hold(Update{Kind: RoomChanged, Room: c.Room}); err != nil {
			return err
		}
	}
	if c.Rev <= r.cursor.Rev {
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

// hashOf returns a hash of what clients see of a room. A follower keeps the hash, because the settings
// of all rooms would use too much memory.
func hashOf(r chat.Room) [sha256.Size]byte {
	return sha256.Sum256(fmt.Appendf(nil, "%q %q %v %v", r.Name, r.SystemPrompt, r.Created, r.Updated))
}
