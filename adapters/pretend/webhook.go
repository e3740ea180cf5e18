package pretend

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/kuvaka-tech/parley/core/subscription"
	"github.com/kuvaka-tech/parley/ports"
)

// Event implements ports.Webhooks. A payload that is signed and has no event's
// id fails with subscription.ErrSignature, too; one that has an id and nothing
// else that can be understood is an event about no customer.
func (c *Company) Event(payload []byte, signature string, now time.Time) (ports.Event, error) {
	if err := verify(c.config.Secret, payload, signature, now); err != nil {
		return ports.Event{}, fmt.Errorf("verifying the signature: %w", err)
	}
	e := understand(payload)
	if e.ID == "" {
		return ports.Event{}, fmt.Errorf("reading the event's id: %w", subscription.ErrSignature)
	}
	return e, nil
}

// understand reads what it can of an event.
func understand(payload []byte) ports.Event {
	event := fields(payload)
	about := fields(fields(event["data"])["object"])
	e := ports.Event{ID: text(event["id"]), Type: text(event["type"]), Customer: text(about["customer"])}
	if e.Customer == "" {
		e.Customer = text(fields(about["customer"])["id"]) // expanded
	}
	if text(about["object"]) == "customer" {
		e.Customer = text(about["id"])
	}
	return e
}

// fields are those of a JSON object, none of anything else.
func fields(raw []byte) map[string]json.RawMessage {
	var m map[string]json.RawMessage
	if json.Unmarshal(raw, &m) != nil {
		return nil
	}
	return m
}

// text is a JSON string's, "" of anything else.
func text(raw []byte) string {
	var s string
	if json.Unmarshal(raw, &s) != nil {
		return ""
	}
	return s
}
