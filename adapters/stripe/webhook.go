package stripe

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/stripe/stripe-go/v76/webhook"

	"github.com/kuvaka-tech/parley/core/subscription"
	"github.com/kuvaka-tech/parley/ports"
)

// subscriptionEvents are the types of events that report a change of a subscription or
// its payment (docs.stripe.com/api/events/types). Their objects have the customer in the
// same field in every API version.
var subscriptionEvents = map[string]bool{
	"checkout.session.completed":    true,
	"customer.subscription.created": true,
	"customer.subscription.updated": true,
	"customer.subscription.deleted": true,
	"invoice.paid":                  true,
	"invoice.payment_failed":        true,
}

// eventPayload is the JSON of an event.
type eventPayload struct {
	ID   string `json:"id"`
	Type string `json:"type"`
	Data struct {
		Object struct {
			Customer expandableID `json:"customer"`
		} `json:"object"`
	} `json:"data"`
}

// Event implements ports.Webhooks. It also fails with subscription.ErrSignature
// when a signed payload has no valid event id. It accepts an event whose other fields
// are missing or invalid, and returns it without a customer. Stripe would resend a
// rejected event for days.
func (p *Payments) Event(payload []byte, signature string, now time.Time) (ports.WebhookEvent, error) {
	if !validSignature(p.config.WebhookSecret, payload, signature, now) {
		return ports.WebhookEvent{}, fmt.Errorf("verifying the signature: %w", subscription.ErrSignature)
	}
	var e eventPayload
	_ = json.Unmarshal(payload, &e) // invalid fields stay empty
	if !validID(e.ID) {
		return ports.WebhookEvent{}, fmt.Errorf("reading the event's id: %w", subscription.ErrSignature)
	}
	event := ports.WebhookEvent{ID: e.ID, Type: e.Type}
	if c := string(e.Data.Object.Customer); subscriptionEvents[e.Type] && validID(c) {
		event.Customer = c
	}
	return event, nil
}

// validID reports whether s can be an id: 1 to 255 visible ASCII characters
// (docs.stripe.com/upgrades, "Backward-compatible changes").
func validID(s string) bool {
	isInvisible := func(r rune) bool { return r <= ' ' || r > '~' }
	return s != "" && len(s) <= 255 && !strings.ContainsFunc(s, isInvisible)
}

// expandableID is the id of an object. Its JSON is either the id or the whole object
// (docs.stripe.com/api/expanding_objects). For any other JSON it is "".
type expandableID string

// UnmarshalJSON implements json.Unmarshaler. It never fails.
func (e *expandableID) UnmarshalJSON(raw []byte) error {
	var expanded struct {
		ID string `json:"id"`
	}
	if json.Unmarshal(raw, (*string)(e)) != nil && json.Unmarshal(raw, &expanded) == nil {
		*e = expandableID(expanded.ID)
	}
	return nil
}

// validSignature reports whether the header has a valid signature of the payload, with a
// time within 5 minutes of now. The SDK would accept an empty secret, with which anyone
// can sign, and a time in the future. So validSignature checks the secret and the time
// itself, and uses the SDK only for the signature.
func validSignature(secret string, payload []byte, header string, now time.Time) bool {
	at, ok := signatureTime(header)
	age := now.Sub(at)
	return ok && secret != "" && age <= webhook.DefaultTolerance && age >= -webhook.DefaultTolerance &&
		webhook.ValidatePayloadIgnoringTolerance(payload, header, secret) == nil
}

// signatureTime returns the time in a signature header. ok is false if the header has no
// valid time. It is also false for two times, because it is unclear which one was signed.
func signatureTime(header string) (at time.Time, ok bool) {
	for part := range strings.SplitSeq(header, ",") {
		value, isTime := strings.CutPrefix(part, "t=")
		if !isTime {
			continue
		}
		seconds, err := strconv.ParseInt(value, 10, 64)
		if err != nil || ok {
			return time.Time{}, false
		}
		at, ok = time.Unix(seconds, 0), true
	}
	return at, ok
}
