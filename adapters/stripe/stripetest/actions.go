package stripetest

import (
	"maps"
	"slices"
)

// EndPeriod moves the end of the current period to now. An active subscription then
// renews, or ends if it was cancelled. A subscription that is past due ends.
//
// All methods below that take a customer and return an error apply to all subscriptions
// of the customer that were paid and have not ended. They fail with ErrNoSubscription
// when the customer has none.
func (s *Stripe) EndPeriod(customerID string) error {
	return s.forEachSubscription(customerID, func(sub *subscription) {
		switch {
		case sub.status == "past_due":
			s.end(sub, s.now())
		case !sub.cancelAt.IsZero():
			sub.cancelAt, sub.periodEnd = s.now(), s.now()
		default:
			sub.periodEnd = s.now()
		}
	})
}

// FailRenewals makes renewals fail until ReplaceCard: the customer's card is declined.
func (s *Stripe) FailRenewals(customerID string) error { return s.setCardFails(customerID, true) }

// ReplaceCard gives the customer a working card, and pays open invoices with it.
func (s *Stripe) ReplaceCard(customerID string) error {
	if err := s.setCardFails(customerID, false); err != nil {
		return err
	}
	return s.forEachSubscription(customerID, func(sub *subscription) {
		if sub.status == "past_due" {
			sub.status = "active"
			s.emitFor(sub, "invoice.paid", "customer.subscription.updated")
		}
	})
}

func (s *Stripe) setCardFails(customerID string, fails bool) error {
	return s.forEachSubscription(customerID, func(sub *subscription) {
		if c, _ := s.customer(sub.customer); c != nil {
			c.cardFails = fails
		}
	})
}

// CancelNow ends the subscriptions immediately.
func (s *Stripe) CancelNow(customerID string) error {
	return s.forEachSubscription(customerID, func(sub *subscription) { s.end(sub, s.now()) })
}

// CancelInPortal cancels at the end of the period, as the portal does with
// flexible billing: it sets cancel_at, and cancel_at_period_end stays false
// (docs.stripe.com/billing/subscriptions/billing-mode/compare).
func (s *Stripe) CancelInPortal(customerID string) error {
	return s.forEachSubscription(customerID, func(sub *subscription) {
		sub.cancelAt, sub.cancelAtPeriodEnd = sub.periodEnd, false
		s.emitFor(sub, "customer.subscription.updated")
	})
}

// forEachSubscription calls do for each of the customer's subscriptions that was
// paid and has not ended. It fails with ErrNoSubscription when there are none.
func (s *Stripe) forEachSubscription(customerID string, do func(sub *subscription)) error {
	defer s.lock()()
	s.applyDue()
	found := false
	for _, sub := range s.subscriptions {
		if sub.customer == customerID && !sub.hasEnded() && sub.status != "incomplete" {
			do(sub)
			found = true
		}
	}
	s.applyDue()
	if !found {
		return ErrNoSubscription
	}
	return nil
}

// Subscribe adds a paid subscription, as the account's owner can do in the
// dashboard, and returns its id. Other subscriptions of the customer stay.
func (s *Stripe) Subscribe(customerID string) (subscriptionID string) {
	defer s.lock()()
	s.applyDue()
	sub := s.addSubscription(customerID, price{product: "Given", currency: "usd", cents: 999})
	sub.status = "active"
	s.emitFor(sub, "customer.subscription.created", "invoice.paid")
	return sub.id
}

// Unsubscribe ends one subscription immediately, as the account's owner can do in
// the dashboard. It fails with ErrNoSubscription.
func (s *Stripe) Unsubscribe(subscriptionID string) error {
	defer s.lock()()
	s.applyDue()
	for _, sub := range s.subscriptions {
		if sub.id == subscriptionID && !sub.hasEnded() {
			s.end(sub, s.now())
			return nil
		}
	}
	return ErrNoSubscription
}

// Delete deletes a customer, which ends the customer's subscriptions.
func (s *Stripe) Delete(customerID string) {
	defer s.lock()()
	s.applyDue()
	if c, _ := s.customer(customerID); c != nil {
		s.delete(c)
	}
}

// CustomersByMetadata returns the ids of the customers that are not deleted and have the
// value in their metadata.
func (s *Stripe) CustomersByMetadata(value string) (customerIDs []string) {
	defer s.lock()()
	for _, c := range s.customers {
		if slices.Contains(slices.Collect(maps.Values(c.metadata)), value) && !c.deleted {
			customerIDs = append(customerIDs, c.id)
		}
	}
	return customerIDs
}

// CountSubscriptions returns how many subscriptions the customer has or had.
func (s *Stripe) CountSubscriptions(customerID string) (n int) {
	defer s.lock()()
	for _, sub := range s.subscriptions {
		if sub.customer == customerID {
			n++
		}
	}
	return n
}
