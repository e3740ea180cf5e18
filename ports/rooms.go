package ports

import (
	"context"
	"time"

	"github.com/kuvaka-tech/parley/core/chat"
	"github.com/kuvaka-tech/parley/core/id"
)

// RoomCursor is a position in a list of rooms: after the room with this Updated and ID.
type RoomCursor struct {
	Updated time.Time
	ID      id.ID
}

// Rooms stores chatrooms. A room of another owner does not exist for the caller.
type Rooms interface {
	// Add stores a room. It fails with user.ErrNotFound when the owner's account does not exist.
	Add(ctx context.Context, r chat.Room) error
	// Get returns a room. It fails with chat.ErrNotFound.
	Get(ctx context.Context, owner, roomID id.ID) (chat.Room, error)
	// List returns a page of at most limit rooms after a cursor, sorted by Updated and then by
	// ID, both descending. A nil cursor means the start of the list.
	List(ctx context.Context, owner id.ID, after *RoomCursor, limit int) (chat.RoomPage, error)
	// Update changes the settings of a room and returns the room. It fails with chat.ErrNotFound.
	Update(ctx context.Context, owner, roomID id.ID, u chat.RoomUpdate) (chat.Room, error)
	// Delete deletes the room with its messages, idempotency keys and running replies: no later
	// call finds them. It takes the same time for any number of messages. The store may keep
	// them until Retention.RemoveDeleted removes them. It fails with chat.ErrNotFound.
	Delete(ctx context.Context, owner, roomID id.ID) error
}
