package ports

import "time"

// WebhookEvent says that the subscription of a customer may have changed. It does not
// contain the new state, which is always fetched.
type WebhookEvent struct {
	ID       string
	Type     string
	Customer string // "" if the event does not concern the subscription of a customer
}

// Webhooks verifies and parses the webhooks of the payments provider.
type Webhooks interface {
	// Event verifies the signature header over the raw payload and returns the event.
	// It fails with subscription.ErrSignature when the signature was not made with
	// the webhook secret, or not within 5 minutes of now.
	Event(payload []byte, signature string, now time.Time) (WebhookEvent, error)
}
