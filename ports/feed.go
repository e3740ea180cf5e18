package ports

import (
	"context"

	"github.com/kuvaka-tech/parley/core/chat"
	"github.com/kuvaka-tech/parley/core/id"
)

// Feed tells a follower of all rooms of a user what has changed. The store keeps what it
// needs for this for chat.FeedTTL.
type Feed interface {
	// Read returns the running replies of a user and the current position.
	Read(ctx context.Context, owner id.ID) (chat.Feed, error)
	// Changes returns what has changed since a position. A change is missing only if a Read or
	// Changes that returned this position, or an earlier one, has seen it. Changes that it
	// has seen may come again. Changes fails with chat.ErrPositionUnknown when the store did
	// not return the position.
	Changes(ctx context.Context, owner id.ID, since chat.FeedPosition) (chat.FeedChanges, error)
}
