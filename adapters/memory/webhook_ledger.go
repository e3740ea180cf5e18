package memory

import (
	"context"
	"time"
)

// Receive implements ports.WebhookLedger.
func (s WebhookLedger) Receive(ctx context.Context, eventID string, now time.Time) (bool, error) {
	unlock, err := s.lock(ctx)
	if err != nil {
		return false, err
	}
	defer unlock()
	known, ok := s.webhookEvents[eventID]
	if !ok {
		s.webhookEvents[eventID] = webhookEvent{updated: now}
	}
	return known.applied, nil
}

// MarkApplied implements ports.WebhookLedger.
func (s WebhookLedger) MarkApplied(ctx context.Context, eventID string, now time.Time) error {
	unlock, err := s.lock(ctx)
	if err != nil {
		return err
	}
	defer unlock()
	s.webhookEvents[eventID] = webhookEvent{updated: now, applied: true}
	return nil
}
