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
	// Changes returns a part of what has changed since a position. The caller continues from the
	// position of the result while there is More. After the last part, a change is missing only
	// if a Read or Changes that returned the first position, or an earlier one, has seen it.
	// Changes that it has seen may come again. A room is in one of the parts at most. Changes
	// fails with chat.ErrPositionUnknown when the store did not return the position.
	Changes(ctx context.Context, owner id.ID, since chat.FeedPosition) (chat.FeedChanges, error)
}
