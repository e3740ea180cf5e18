package subscribe

import (
	"context"
	"errors"
	"fmt"

	"github.com/kuvaka-tech/parley/core/subscription"
	"github.com/kuvaka-tech/parley/core/user"
	"github.com/kuvaka-tech/parley/ports"
)

// ReceiveWebhook verifies a webhook and applies its event: it syncs the subscription of the
// customer. Events may arrive in any order. An event that was already applied is ignored,
// and so is an event without a customer or with an unknown one. ReceiveWebhook returns the
// event for the log.
//
// ReceiveWebhook fails with subscription.ErrSignature when the signature is wrong. After any
// other error the payments provider must send the webhook again.
func (s *Service) ReceiveWebhook(ctx context.Context, payload []byte, signature string) (ports.WebhookEvent, error) {
	now := s.config.Clock.Now()
	e, err := s.config.Webhooks.Event(payload, signature, now)
	if err != nil {
		return e, fmt.Errorf("verifying the webhook: %w", err)
	}
	applied, err := s.config.WebhookLedger.Receive(ctx, e.ID, now)
	if err != nil || applied {
		return e, wrap("recording the event", err)
	}
	if e.Customer != "" {
		_, err := s.fetchAndSave(ctx, e.Customer, s.fetchAfterWebhook, noChange)
		if err != nil && !nothingToUpdate(err) {
			return e, err
		}
	}
	return e, wrap("marking the event as applied", s.config.WebhookLedger.MarkApplied(ctx, e.ID, s.config.Clock.Now()))
}

// nothingToUpdate reports whether err means that there is no record to update: the customer
// is unknown, or the account was erased.
func nothingToUpdate(err error) bool {
	return errors.Is(err, subscription.ErrUnknownCustomer) || errors.Is(err, user.ErrNotFound)
}
