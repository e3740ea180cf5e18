package ports

import (
	"context"

	"github.com/kuvaka-tech/parley/core/id"
)

// CancelSignals tells all workers that a reply was cancelled, so that its worker stops the
// model within a second. Signals may be lost, duplicated and late, because the store is the
// record: a worker also notices the cancellation when it renews the lease.
type CancelSignals interface {
	// Send sends a signal for a reply to every process that receives.
	Send(ctx context.Context, replyID id.ID) error
	// Receive calls handle for each signal that is sent from now on, one at a time. handle
	// must not block. Receive returns nil after ctx is done, and an error when it cannot
	// continue. The caller may then call it again.
	Receive(ctx context.Context, handle func(replyID id.ID)) error
}
