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

// telling are the types of the events after which a subscription may have changed
// (docs.stripe.com/api/events/types). In every API version their object names the customer alike.
var telling = map[string]bool{
	"checkout.session.completed":    true,
	"customer.subscription.created": true,
	"customer.subscription.updated": true,
	"customer.subscription.deleted": true,
	"invoice.paid":                  true,
	"invoice.payment_failed":        true,
}

// Event implements ports.Webhooks. A payload that is signed and has no event's id
// fails with subscription.ErrSignature, too; one that has an id and nothing else
// that can be understood is an event about no customer.
func (a *Account) Event(payload []byte, signature string, now time.Time) (ports.Event, error) {
	if !verified(a.config.WebhookSecret, payload, signature, now) {
		return ports.Event{}, fmt.Errorf("verifying the signature: %w", subscription.ErrSignature)
	}
	var e struct {
		ID   string `json:"id"`
		Type string `json:"type"`
		Data struct {
			Object struct {
				Customer reference `json:"customer"`
			} `json:"object"`
		} `json:"data"`
	}
	_ = json.Unmarshal(payload, &e) // what is not as it should be stays empty
	if !plausible(e.ID) {
		return ports.Event{}, fmt.Errorf("reading the event's id: %w", subscription.ErrSignature)
	}
	event := ports.Event{ID: e.ID, Type: e.Type}
	if c := string(e.Data.Object.Customer); telling[e.Type] && plausible(c) {
		event.Customer = c
	}
	return event, nil
}

// plausible says that something can be an id: up to 255 letters that can be seen
// (docs.stripe.com/upgrades, "Backward-compatible changes").
func plausible(id string) bool {
	unseen := func(r rune) bool { return r <= ' ' || r > '~' }
	return id != "" && len(id) <= 255 && !strings.ContainsFunc(id, unseen)
}

// reference is an id, be it alone or in the object itself; "" where it is neither.
type reference string

func (r *reference) UnmarshalJSON(raw []byte) error {
	var expanded struct {
		ID string `json:"id"`
	}
	if json.Unmarshal(raw, (*string)(r)) != nil && json.Unmarshal(raw, &expanded) == nil {
		*r = reference(expanded.ID)
	}
	return nil
}

// verified says that the header is of the payload, and made within 5 minutes of
// now. The library knows neither an empty secret, with which anybody signs, nor a
// time to come, so that only the signature is left to it.
func verified(secret string, payload []byte, header string, now time.Time) bool {
	at, ok := signedAt(header)
	age := now.Sub(at)
	return ok && secret != "" && age <= webhook.DefaultTolerance && age >= -webhook.DefaultTolerance &&
		webhook.ValidatePayloadIgnoringTolerance(payload, header, secret) == nil
}

// signedAt reads a header's time. Of two the library would take the last, which must not be a question.
func signedAt(header string) (at time.Time, ok bool) {
	for part := range strings.SplitSeq(header, ",") {
		value, is := strings.CutPrefix(part, "t=")
		if !is {
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
