package ports

import (
	"context"

	"github.com/kuvaka-tech/parley/core/id"
)

// Eraser forgets people.
type Eraser interface {
	// Erase takes the account and everything of it, whole or not at all: its
	// sessions, its rooms with all that is in them, keys and answers under way, its
	// counts of all days, its subscription's record, and the codes and guesses of
	// its number. Who comes later with something of the user's is told that the
	// user, the room or the reply is gone, and the number is as one never seen. It
	// fails with user.ErrNotFound.
	Erase(ctx context.Context, user id.ID) error
}
