package stripetest

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"time"
)

// event waits to be sent.
type event struct {
	kind, payload string
}

// Webhook is an event on its way to the app.
type Webhook struct {
	Type      string
	Payload   []byte
	Signature string
	At        time.Time // of the signature
}

// tell says that something has happened.
func (s *Stripe) tell(kind string, about object) {
	payload, err := json.Marshal(object{
		"id": s.name("evt_"), "object": "event", "api_version": s.config.Version, "created": s.now().Unix(), "type": kind, "livemode": false,
		"pending_webhooks": 1, "request": object{"id": nil, "idempotency_key": nil}, "data": object{"object": about},
	})
	if err != nil {
		panic("stripetest: an event that is no JSON: " + err.Error())
	}
	s.outbox = append(s.outbox, event{kind, string(payload)})
}

// tellOf says that something has happened to a subscription or its invoice.
func (s *Stripe) tellOf(c *contract, kinds ...string) {
	for _, kind := range kinds {
		about := s.contractObject(c)
		switch kind {
		case "invoice.paid":
			about = s.invoice(c, "paid")
		case "invoice.payment_failed":
			about = s.invoice(c, "open")
		}
		s.tell(kind, about)
	}
}

// Take returns the webhooks that were not taken yet, in order and signed now. To
// lose, double or shuffle them is the taker's.
func (s *Stripe) Take() []Webhook {
	defer s.lock()()
	s.settle()
	var taken []Webhook
	for _, e := range s.outbox {
		now := s.config.Now()
		taken = append(taken, Webhook{e.kind, []byte(e.payload), s.Sign([]byte(e.payload), now), now})
	}
	s.outbox = nil
	return taken
}

// Sign returns the signature header of a payload that is sent at that time
// (docs.stripe.com/webhooks#verify-manually).
func (s *Stripe) Sign(payload []byte, at time.Time) string { return Sign(s.config.Secret, payload, at) }

// Sign is that with any secret.
func Sign(secret string, payload []byte, at time.Time) string {
	mac := hmac.New(sha256.New, []byte(secret))
	fmt.Fprintf(mac, "%d.%s", at.Unix(), payload)
	return fmt.Sprintf("t=%d,v1=%x", at.Unix(), mac.Sum(nil))
}
