package stripetest

import (
	"net/http"
	"slices"
	"time"
)

// contract is a subscription.
type contract struct {
	id, customer, status string
	order                order
	made, start, end     time.Time // the latter two of the period
	cancelling           bool      // cancel_at_period_end
	cancelAt, ended      time.Time
}

func (s *Stripe) listSubscriptions(q query) (object, *refusal) {
	known := func(c *customer) bool { return c.id == q.get("customer") } // also those of a deleted customer are listed
	if q.form.Has("customer") && !slices.ContainsFunc(s.customers, known) {
		return nil, missing("customer", q.get("customer"), "customer")
	}
	all := []object{}
	for _, c := range s.contracts {
		wanted := c.status == q.get("status") || q.get("status") == "all" || q.get("status") == "" && c.status != "canceled"
		if wanted && (!q.form.Has("customer") || c.customer == q.get("customer")) {
			all = append(all, s.contractObject(c))
		}
	}
	return page(q, "/v1/subscriptions", all)
}

func (s *Stripe) updateSubscription(q query) (object, *refusal) {
	i := slices.IndexFunc(s.contracts, func(c *contract) bool { return c.id == q.id && !c.over() })
	if i < 0 {
		return nil, missing("subscription", q.id, "id")
	}
	c := s.contracts[i]
	if bad := s.schedule(c, q); bad != nil {
		return nil, bad
	}
	return s.contractObject(c), nil
}

// schedule sets or clears the end of a subscription, in one of the two ways.
func (s *Stripe) schedule(c *contract, q query) *refusal {
	before := *c
	if value := q.get("cancel_at_period_end"); q.form.Has("cancel_at_period_end") {
		if value != "true" && value != "false" || q.form.Has("cancel_at") {
			return refuse(http.StatusBadRequest, "", "cancel_at_period_end", "Invalid boolean, or two ways to end.")
		}
		if c.cancelling = value == "true"; c.cancelling {
			c.cancelAt = c.end
		} else if before.cancelling {
			c.cancelAt = time.Time{}
		}
	}
	if q.form.Has("cancel_at") {
		if q.get("cancel_at") != "" {
			return refuse(http.StatusBadRequest, "", "cancel_at", "This Stripe only takes it back.")
		}
		c.cancelAt, c.cancelling = time.Time{}, false
	}
	if *c != before {
		s.tellOf(c, "customer.subscription.updated")
	}
	return nil
}

// over says that nothing can be changed any more.
func (c *contract) over() bool { return c.status == "canceled" || c.status == "incomplete_expired" }

// contractObject is a subscription in the shape of the API version.
func (s *Stripe) contractObject(c *contract) object {
	item := object{"id": "si_" + c.id[len("sub_"):], "object": "subscription_item", "quantity": 1, "subscription": c.id, "price": c.order.object()}
	o := object{
		"id": c.id, "object": "subscription", "customer": c.customer, "status": c.status, "created": c.made.Unix(), "currency": c.order.currency,
		"cancel_at_period_end": c.cancelling, "cancel_at": unix(c.cancelAt), "ended_at": unix(c.ended), "canceled_at": unix(c.ended),
		"items": object{"object": "list", "has_more": false, "data": []object{item}},
	}
	period := o
	if s.config.Version != V2023 {
		period = item
	}
	period["current_period_start"], period["current_period_end"] = c.start.Unix(), c.end.Unix()
	return o
}

// invoice is that of the current period.
func (s *Stripe) invoice(c *contract, status string) object {
	o := object{
		"id": s.name("in_"), "object": "invoice", "customer": c.customer, "status": status, "amount_due": c.order.cents, "currency": c.order.currency,
	}
	if s.config.Version == V2023 {
		o["subscription"] = c.id
	} else {
		o["parent"] = object{"type": "subscription_details", "subscription_details": object{"subscription": c.id}}
	}
	return o
}

// unix is null for a time that there is not.
func unix(t time.Time) any {
	if t.IsZero() {
		return nil
	}
	return t.Unix()
}
