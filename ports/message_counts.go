package ports

import (
	"context"

	"github.com/kuvaka-tech/parley/core/id"
	"github.com/kuvaka-tech/parley/core/quota"
)

// MessageCounts reads the daily message counts. Messages.Accept and ReplyQueue.Finish change them.
type MessageCounts interface {
	// Count returns how many messages of the user were accepted on the day, without the refunded ones.
	Count(ctx context.Context, userID id.ID, day quota.Day) (int, error)
}
