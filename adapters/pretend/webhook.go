package pretend

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/kuvaka-tech/parley/core/subscription"
	"github.com/kuvaka-tech/parley/ports"
)

// Event implements ports.Webhooks. It also fails with subscription.ErrSignature
// when a signed payload has no event id. It accepts an event whose other fields are
// missing or invalid, and returns it with these fields empty.
func (p *Payments) Event(payload []byte, signature string, now time.Time) (ports.WebhookEvent, error) {
	if err := verify(p.config.Secret, payload, signature, now); err != nil {
		return ports.WebhookEvent{}, fmt.Errorf("verifying the signature: %w", err)
	}
	e := parseEvent(payload)
	if e.ID == "" {
		return ports.WebhookEvent{}, fmt.Errorf("reading the event's id: %w", subscription.ErrSignature)
	}
	return e, nil
}

// parseEvent reads an event. Missing or invalid fields are "".
func parseEvent(payload []byte) ports.WebhookEvent {
	event := jsonObject(payload)
	about := jsonObject(jsonObject(event["data"])["object"])
	e := ports.WebhookEvent{
		ID:       jsonString(event["id"]),
		Type:     jsonString(event["type"]),
		Customer: jsonString(about["customer"]),
	}
	if e.Customer == "" {
		e.Customer = jsonString(jsonObject(about["customer"])["id"]) // the customer as an object instead of its id
	}
	if jsonString(about["object"]) == "customer" {
		e.Customer = jsonString(about["id"])
	}
	return e
}

// jsonObject returns the fields of a JSON object, nil for any other JSON.
func jsonObject(raw []byte) map[string]json.RawMessage {
	var fields map[string]json.RawMessage
	if json.Unmarshal(raw, &fields) != nil {
		return nil
	}
	return fields
}

// jsonString returns the value of a JSON string, "" for any other JSON.
func jsonString(raw []byte) string {
	var s string
	if json.Unmarshal(raw, &s) != nil {
		return ""
	}
	return s
}
