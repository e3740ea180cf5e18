package pretend

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"
)

// apiVersion is the version of Stripe's API whose format the events have.
const apiVersion = "2023-10-16"

// object is one of Stripe's API objects in JSON (docs.stripe.com/api/events/object).
type object map[string]any

// emit adds an event about an object to the events of the change in progress.
func (p *Payments) emit(eventType string, about object) {
	eventID := p.newID("evt_")
	payload, err := json.Marshal(object{
		"id":          eventID,
		"object":      "event",
		"api_version": apiVersion,
		"created":     p.now().Unix(),
		"type":        eventType,
		"livemode":    false,
		"data":        object{"object": about},
	})
	if err != nil {
		panic("pretend: encoding an event: " + err.Error()) // impossible: it has only strings, numbers and maps
	}
	p.emitted = append(p.emitted, webhook{id: eventID, eventType: eventType, payload: string(payload)})
}

// emitFor emits events about a subscription, or about its invoice when the type begins with "invoice.".
func (p *Payments) emitFor(c *customer, s *customerSubscription, eventTypes ...string) {
	for _, eventType := range eventTypes {
		about := s.object(c.id)
		if strings.HasPrefix(eventType, "invoice.") {
			about = s.invoice(c.id, eventType == invoicePaid)
		}
		p.emit(eventType, about)
	}
}

// object returns the API object of the subscription.
func (s *customerSubscription) object(customerID string) object {
	return object{
		"id":                   s.id,
		"object":               "subscription",
		"customer":             customerID,
		"status":               s.status,
		"current_period_start": s.periodStart.Unix(),
		"current_period_end":   s.periodEnd.Unix(),
		"cancel_at_period_end": s.cancelAtPeriodEnd,
		"ended_at":             unixOrNull(s.ended),
	}
}

// invoice returns the invoice for the current period.
func (s *customerSubscription) invoice(customerID string, paid bool) object {
	status := "open"
	if paid {
		status = "paid"
	}
	return object{
		"id":           fmt.Sprintf("in_%s%x", strings.TrimPrefix(s.id, "sub_"), s.periodStart.Unix()),
		"object":       "invoice",
		"customer":     customerID,
		"subscription": s.id,
		"status":       status,
		"amount_due":   s.plan.Cents,
		"currency":     s.plan.Currency,
	}
}

// object returns the API object of a checkout that was paid or has expired.
func (c *checkout) object() object {
	o := object{
		"id":             c.id,
		"object":         "checkout.session",
		"customer":       c.order.Customer,
		"mode":           "subscription",
		"subscription":   nil,
		"status":         "expired",
		"payment_status": "unpaid",
	}
	if c.paid {
		o["subscription"] = c.subscription.id
		o["status"] = "complete"
		o["payment_status"] = "paid"
	}
	return o
}

// unixOrNull returns Unix seconds, or null for the zero time.
func unixOrNull(t time.Time) any {
	if t.IsZero() {
		return nil
	}
	return t.Unix()
}
