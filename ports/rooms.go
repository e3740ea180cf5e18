package ports

import (
	"context"
	"time"

	"github.com/kuvaka-tech/parley/core/chat"
	"github.com/kuvaka-tech/parley/core/id"
	"github.com/kuvaka-tech/parley/core/quota"
)

// Place is where a list of rooms goes on: after the room that was updated then and has this id.
type Place struct {
	Updated time.Time
	ID      id.ID
}

// Rooms keeps chatrooms. A room of another owner does not exist for the caller.
type Rooms interface {
	Add(ctx context.Context, r chat.Room) error
	// Get fails with chat.ErrNotFound.
	Get(ctx context.Context, owner, id id.ID) (chat.Room, error)
	// List returns at most limit rooms, most recently updated first and by
	// descending id among equals, after a place, or from the start for nil.
	List(ctx context.Context, owner id.ID, after *Place, limit int) ([]chat.Room, error)
	// Rename returns the room as it is then. It fails with chat.ErrNotFound.
	Rename(ctx context.Context, owner, id id.ID, name string) (chat.Room, error)
	// Delete takes the room, its messages, its keys and its answers under way. It fails with chat.ErrNotFound.
	Delete(ctx context.Context, owner, id id.ID) error
}

// Messages keeps what rooms hold.
type Messages interface {
	// Accept takes a message in, whole or not at all: it checks that the room is
	// the user's, counts one message of the day, and adds the prompt and its
	// queued reply under the room's next two revisions. Under a key accepted
	// within chat.KeyLife it returns the first answer instead and changes nothing.
	// It fails with chat.ErrNotFound, chat.ErrMismatch (the key was used for
	// another room or body), chat.ErrInFlight, quota.ErrOverloaded (d.Overloaded
	// says so), or quota.ErrExhausted, in that order; with the last one Accepted
	// still has Used and Limit.
	Accept(ctx context.Context, d chat.Draft) (chat.Accepted, error)
	// Get fails with chat.ErrNotFound.
	Get(ctx context.Context, owner, room, id id.ID) (chat.Message, error)
	// Page fails with chat.ErrNotFound.
	Page(ctx context.Context, q chat.Query) (chat.Page, error)
}

// Usage tells how many messages a user has sent.
type Usage interface {
	// Used counts the messages accepted on day less those given back.
	Used(ctx context.Context, user id.ID, day quota.Day) (int, error)
}
