package stripetest

import (
	"net/http"
	"slices"
	"time"
)

// subscription is a customer's subscription.
type subscription struct {
	id                string
	customer          string
	status            string
	price             price
	createdAt         time.Time
	periodStart       time.Time
	periodEnd         time.Time
	cancelAtPeriodEnd bool
	cancelAt          time.Time
	endedAt           time.Time
}

// addSubscription creates a subscription whose first payment is open.
func (s *Stripe) addSubscription(customerID string, p price) *subscription {
	sub := &subscription{
		id:        s.newID("sub_"),
		customer:  customerID,
		status:    "incomplete",
		price:     p,
		createdAt: s.now(),
	}
	sub.startPeriod(sub.createdAt)
	s.subscriptions = append(s.subscriptions, sub)
	return sub
}

// listSubscriptions also lists the subscriptions of a deleted customer, as Stripe does.
func (s *Stripe) listSubscriptions(r request) (object, *apiError) {
	isNamed := func(c *customer) bool { return c.id == r.get("customer") }
	if r.params.Has("customer") && !slices.ContainsFunc(s.customers, isNamed) {
		return nil, noSuch("customer", r.get("customer"), "customer")
	}
	all := []object{}
	for _, sub := range s.subscriptions {
		if r.matches("customer", sub.customer) && sub.matchesStatus(r.get("status")) {
			all = append(all, s.subscriptionObject(sub))
		}
	}
	return paginate(r, "/v1/subscriptions", all)
}

// matchesStatus applies the filter "status" of a list. Without a filter the list has all but the canceled ones.
func (sub *subscription) matchesStatus(filter string) bool {
	switch filter {
	case "all":
		return true
	case "":
		return sub.status != "canceled"
	}
	return sub.status == filter
}

func (s *Stripe) updateSubscription(r request) (object, *apiError) {
	i := slices.IndexFunc(s.subscriptions, func(sub *subscription) bool { return sub.id == r.id && !sub.hasEnded() })
	if i < 0 {
		return nil, noSuch("subscription", r.id, "id")
	}
	sub := s.subscriptions[i]
	if apiErr := s.setCancellation(sub, r); apiErr != nil {
		return nil, apiErr
	}
	return s.subscriptionObject(sub), nil
}

// setCancellation sets or clears the end of a subscription, with cancel_at_period_end or with cancel_at.
func (s *Stripe) setCancellation(sub *subscription, r request) *apiError {
	before := *sub
	if r.params.Has("cancel_at_period_end") {
		value := r.get("cancel_at_period_end")
		if value != "true" && value != "false" || r.params.Has("cancel_at") {
			return invalidRequest(http.StatusBadRequest, "", "cancel_at_period_end",
				"Not a boolean, or sent together with cancel_at.")
		}
		sub.cancelAtPeriodEnd = value == "true"
		if sub.cancelAtPeriodEnd {
			sub.cancelAt = sub.periodEnd
		} else if before.cancelAtPeriodEnd {
			sub.cancelAt = time.Time{}
		}
	}
	if r.params.Has("cancel_at") {
		if r.get("cancel_at") != "" {
			return invalidRequest(http.StatusBadRequest, "", "cancel_at", "This fake only supports clearing cancel_at.")
		}
		sub.cancelAt, sub.cancelAtPeriodEnd = time.Time{}, false
	}
	if *sub != before {
		s.emitFor(sub, "customer.subscription.updated")
	}
	return nil
}

// hasEnded reports whether the subscription is in a state that it cannot leave.
func (sub *subscription) hasEnded() bool {
	return sub.status == "canceled" || sub.status == "incomplete_expired"
}

// subscriptionObject returns a subscription in the shape of the configured API version.
func (s *Stripe) subscriptionObject(sub *subscription) object {
	item := object{
		"id":           "si_" + sub.id[len("sub_"):],
		"object":       "subscription_item",
		"quantity":     1,
		"subscription": sub.id,
		"price":        sub.price.object(),
	}
	o := object{
		"id":                   sub.id,
		"object":               "subscription",
		"customer":             sub.customer,
		"status":               sub.status,
		"created":              sub.createdAt.Unix(),
		"currency":             sub.price.currency,
		"cancel_at_period_end": sub.cancelAtPeriodEnd,
		"cancel_at":            unixOrNull(sub.cancelAt),
		"ended_at":             unixOrNull(sub.endedAt),
		"canceled_at":          unixOrNull(sub.endedAt),
		"items":                object{"object": "list", "has_more": false, "data": []object{item}},
	}
	holder := o
	if s.config.Version != V2023 {
		holder = item
	}
	holder["current_period_start"] = sub.periodStart.Unix()
	holder["current_period_end"] = sub.periodEnd.Unix()
	return o
}

// invoice returns an invoice for the subscription's current period.
func (s *Stripe) invoice(sub *subscription, status string) object {
	o := object{
		"id":         s.newID("in_"),
		"object":     "invoice",
		"customer":   sub.customer,
		"status":     status,
		"amount_due": sub.price.cents,
		"currency":   sub.price.currency,
	}
	if s.config.Version == V2023 {
		o["subscription"] = sub.id
	} else {
		o["parent"] = object{"type": "subscription_details", "subscription_details": object{"subscription": sub.id}}
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
