package stripetest

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"time"
)

// event is an event in the outbox.
type event struct {
	eventType, payload string
}

// Webhook is an event as Stripe sends it to the app.
type Webhook struct {
	Type      string
	Payload   []byte
	Signature string
	SignedAt  time.Time
}

// emit adds an event about an object to the outbox.
func (s *Stripe) emit(eventType string, about object) {
	payload, err := json.Marshal(object{
		"id":               s.newID("evt_"),
		"object":           "event",
		"api_version":      s.config.Version,
		"created":          s.now().Unix(),
		"type":             eventType,
		"livemode":         false,
		"pending_webhooks": 1,
		"request":          object{"id": nil, "idempotency_key": nil},
		"data":             object{"object": about},
	})
	if err != nil {
		panic("stripetest: encoding an event: " + err.Error())
	}
	s.outbox = append(s.outbox, event{eventType, string(payload)})
}

// emitFor emits events about a subscription, or about its invoice when the type begins with "invoice.".
func (s *Stripe) emitFor(sub *subscription, eventTypes ...string) {
	for _, eventType := range eventTypes {
		about := s.subscriptionObject(sub)
		switch eventType {
		case "invoice.paid":
			about = s.invoice(sub, "paid")
		case "invoice.payment_failed":
			about = s.invoice(sub, "open")
		}
		s.emit(eventType, about)
	}
}

// TakeWebhooks returns the webhooks of all events since the last call, in order and
// signed now. A test can drop, repeat or reorder them before it delivers them to the app.
func (s *Stripe) TakeWebhooks() []Webhook {
	defer s.lock()()
	s.applyDue()
	var taken []Webhook
	for _, e := range s.outbox {
		now := s.config.Now()
		taken = append(taken, Webhook{
			Type:      e.eventType,
			Payload:   []byte(e.payload),
			Signature: s.Sign([]byte(e.payload), now),
			SignedAt:  now,
		})
	}
	s.outbox = nil
	return taken
}

// Sign returns the signature header of a payload sent at that time
// (docs.stripe.com/webhooks#verify-manually).
func (s *Stripe) Sign(payload []byte, at time.Time) string { return Sign(s.config.Secret, payload, at) }

// Sign returns the signature header of a payload sent at that time and signed with the secret.
func Sign(secret string, payload []byte, at time.Time) string {
	mac := hmac.New(sha256.New, []byte(secret))
	fmt.Fprintf(mac, "%d.%s", at.Unix(), payload)
	return fmt.Sprintf("t=%d,v1=%x", at.Unix(), mac.Sum(nil))
}
