package ports

import (
	"context"

	"github.com/kuvaka-tech/parley/core/id"
)

// Wakeups sends wake-ups to the workers, so that a worker claims a reply immediately and
// not at its next sweep. Wake-ups may be lost, duplicated and reordered: the store is the
// record.
type Wakeups interface {
	// Wake sends a wake-up for a reply that is due to one consumer.
	Wake(ctx context.Context, replyID id.ID) error
	// Consume calls handle for each wake-up, one at a time. A wake-up is acknowledged when
	// handle returns. While handle blocks, other consumers can receive the next wake-ups.
	// Consume returns nil after ctx is done, and an error when it cannot continue.
	Consume(ctx context.Context, handle func(ctx context.Context, replyID id.ID)) error
}
