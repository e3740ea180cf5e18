package postgres

import (
	"context"
	"time"
)

const (
	// receiveEvent returns the existing row if the event was recorded before: an update
	// that changes nothing makes the insert return it.
	receiveEvent = `
		INSERT INTO events (id, at) VALUES ($1, $2)
		ON CONFLICT ON CONSTRAINT events_pkey DO UPDATE SET at = events.at RETURNING applied`

	markEventApplied = `
		INSERT INTO events (id, at, applied) VALUES ($1, $2, true)
		ON CONFLICT ON CONSTRAINT events_pkey DO UPDATE SET at = excluded.at, applied = true`
)

// Receive implements ports.WebhookLedger.
func (s WebhookLedger) Receive(ctx context.Context, eventID string, now time.Time) (applied bool, err error) {
	err = s.pool.GetContext(ctx, &applied, receiveEvent, eventID, now)
	return applied, wrap("recording a webhook event", err)
}

// MarkApplied implements ports.WebhookLedger.
func (s WebhookLedger) MarkApplied(ctx context.Context, eventID string, now time.Time) error {
	_, err := s.pool.ExecContext(ctx, markEventApplied, eventID, now)
	return wrap("marking a webhook event as applied", err)
}
