package ports

import (
	"context"
	"time"
)

// WebhookLedger records webhook events, so that an applied event is not applied again.
type WebhookLedger interface {
	// Receive records an event by its id and reports whether it has already been applied.
	Receive(ctx context.Context, eventID string, now time.Time) (applied bool, err error)
	// MarkApplied marks a recorded event as applied.
	MarkApplied(ctx context.Context, eventID string, now time.Time) error
}
