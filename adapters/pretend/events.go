package pretend

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/kuvaka-tech/parley/core/subscription"
)

// apiVersion is the one whose shapes the events have.
const apiVersion = "2023-10-16"

// object is one of Stripe's, in JSON (docs.stripe.com/api/events/object).
type object map[string]any

// tell says that something has happened to a subscription or its invoice.
func (c *Company) tell(p *payer, s *contract, kinds ...string) {
	for _, kind := range kinds {
		about := s.object(p.id)
		if strings.HasPrefix(kind, "invoice.") {
			about = s.invoice(p.id, kind == invoicePaid)
		}
		c.say(kind, about)
	}
}

// say adds an event to those of the change under way.
func (c *Company) say(kind string, about object) {
	name := c.name("evt_")
	payload, err := json.Marshal(object{
		"id": name, "object": "event", "api_version": apiVersion, "created": c.config.Clock.Now().Unix(),
		"type": kind, "livemode": false, "data": object{"object": about},
	})
	if err != nil {
		panic("pretend: an event that is no JSON: " + err.Error()) // strings, numbers and maps of them always are
	}
	c.batch = append(c.batch, parcel{id: name, kind: kind, payload: string(payload)})
}

func (s *contract) object(customer string) object {
	return object{
		"id": s.id, "object": "subscription", "customer": customer, "status": s.status,
		"current_period_start": s.start.Unix(), "current_period_end": s.end.Unix(),
		"cancel_at_period_end": s.cancelling, "ended_at": unix(s.ended),
	}
}

// invoice is that of the current period.
func (s *contract) invoice(customer string, paid bool) object {
	status := "open"
	if paid {
		status = "paid"
	}
	return object{
		"id": fmt.Sprintf("in_%s%x", strings.TrimPrefix(s.id, "sub_"), s.start.Unix()), "object": "invoice", "customer": customer,
		"subscription": s.id, "status": status, "amount_due": s.plan.Cents, "currency": s.plan.Currency,
	}
}

func (s *checkout) object() object {
	o := object{"id": s.id, "object": "checkout.session", "customer": s.order.Customer, "mode": "subscription",
		"subscription": nil, "status": "expired", "payment_status": "unpaid"}
	if s.paid {
		o["subscription"], o["status"], o["payment_status"] = s.sub.id, "complete", "paid"
	}
	return o
}

// unix is null for a time that has not come.
func unix(t time.Time) any {
	if t.IsZero() {
		return nil
	}
	return t.Unix()
}

// price is what a plan costs, as in "$9.99 / month".
func price(p subscription.Plan) string {
	amount := fmt.Sprintf("%d.%02d", p.Cents/100, p.Cents%100)
	if symbol, ok := map[string]string{"usd": "$", "eur": "€", "gbp": "£", "inr": "₹"}[p.Currency]; ok {
		return symbol + amount + " / month"
	}
	return amount + " " + strings.ToUpper(p.Currency) + " / month"
}
