package stripetest

import (
	"maps"
	"slices"
)

// What follows happens to all subscriptions of a customer that have not ended,
// and fails with ErrNoContract when there are none.

// EndPeriod moves the end of the period to now: what is active renews, or ends if
// it was cancelled; what is past due is given up.
func (s *Stripe) EndPeriod(customer string) error {
	return s.each(customer, func(c *contract) {
		switch {
		case c.status == "past_due":
			s.end(c, s.now())
		case !c.cancelAt.IsZero():
			c.cancelAt, c.end = s.now(), s.now()
		default:
			c.end = s.now()
		}
	})
}

// FailRenewals gives the customer a card that renewals cannot be paid with, until Recover.
func (s *Stripe) FailRenewals(customer string) error { return s.card(customer, true) }

// Recover gives the customer a card that works, and pays what is open with it.
func (s *Stripe) Recover(customer string) error {
	if err := s.card(customer, false); err != nil {
		return err
	}
	return s.each(customer, func(c *contract) {
		if c.status == "past_due" {
			c.status = "active"
			s.tellOf(c, "invoice.paid", "customer.subscription.updated")
		}
	})
}

func (s *Stripe) card(customer string, fails bool) error {
	return s.each(customer, func(c *contract) {
		if buyer, _ := s.customer(c.customer); buyer != nil {
			buyer.fails = fails
		}
	})
}

// CancelNow ends it at once.
func (s *Stripe) CancelNow(customer string) error {
	return s.each(customer, func(c *contract) { s.end(c, s.now()) })
}

// CancelInPortal ends it with the period in the way of flexible billing: cancel_at
// has a time, and cancel_at_period_end stays false
// (docs.stripe.com/billing/subscriptions/billing-mode/compare).
func (s *Stripe) CancelInPortal(customer string) error {
	return s.each(customer, func(c *contract) {
		c.cancelAt, c.cancelling = c.end, false
		s.tellOf(c, "customer.subscription.updated")
	})
}

func (s *Stripe) each(customer string, do func(c *contract)) error {
	defer s.lock()()
	s.settle()
	found := false
	for _, c := range s.contracts {
		if c.customer == customer && !c.over() && c.status != "incomplete" {
			do(c)
			found = true
		}
	}
	s.settle()
	if !found {
		return ErrNoContract
	}
	return nil
}

// Subscribe gives the customer a subscription that is paid, as the dashboard can, beside those that they have.
func (s *Stripe) Subscribe(customer string) (subscription string) {
	defer s.lock()()
	s.settle()
	c := s.contract(customer, order{name: "Given", currency: "usd", cents: 999})
	c.status = "active"
	s.tellOf(c, "customer.subscription.created", "invoice.paid")
	return c.id
}

// Unsubscribe ends one subscription at once, as the dashboard can. It fails with ErrNoContract.
func (s *Stripe) Unsubscribe(subscription string) error {
	defer s.lock()()
	s.settle()
	for _, c := range s.contracts {
		if c.id == subscription && !c.over() {
			s.end(c, s.now())
			return nil
		}
	}
	return ErrNoContract
}

// Delete deletes a customer, whose subscriptions end.
func (s *Stripe) Delete(customer string) {
	defer s.lock()()
	s.settle()
	for _, c := range s.contracts {
		if c.customer == customer && !c.over() {
			s.end(c, s.now())
		}
	}
	for _, c := range s.customers {
		if c.id == customer {
			c.deleted = true
			s.tell("customer.deleted", c.object())
		}
	}
}

// Customers are those that have a value in their metadata and are not deleted.
func (s *Stripe) Customers(value string) (ids []string) {
	defer s.lock()()
	for _, c := range s.customers {
		if slices.Contains(slices.Collect(maps.Values(c.metadata)), value) && !c.deleted {
			ids = append(ids, c.id)
		}
	}
	return ids
}

// Subscriptions counts all that a customer ever had.
func (s *Stripe) Subscriptions(customer string) (n int) {
	defer s.lock()()
	for _, c := range s.contracts {
		if c.customer == customer {
			n++
		}
	}
	return n
}
