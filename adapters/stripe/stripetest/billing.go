package stripetest

import "time"

const (
	// firstPaymentTimeout is how long the first payment of a subscription can be retried
	// (docs.stripe.com/billing/subscriptions/overview#subscription-statuses).
	firstPaymentTimeout = 23 * time.Hour
	// renewalRetryPeriod is how long Stripe retries the payment of a renewal: about two weeks, as it
	// recommends (docs.stripe.com/billing/revenue-recovery/smart-retries).
	renewalRetryPeriod = 14 * 24 * time.Hour
)

// ApplyDue makes every change that is due: it expires checkout pages, and renews or ends
// subscriptions. API requests, TakeWebhooks and the methods that change a subscription also
// do this first.
func (s *Stripe) ApplyDue() {
	defer s.lock()()
	s.applyDue()
}

func (s *Stripe) applyDue() {
	now := s.now()
	for _, session := range s.sessions {
		if session.status == "open" && !now.Before(session.expiresAt) {
			s.expire(session)
		}
	}
	for _, sub := range s.subscriptions {
		for s.applyNextDue(sub, now) {
		}
	}
}

// applyNextDue makes the first due change of a subscription. It returns false when none is due.
func (s *Stripe) applyNextDue(sub *subscription, now time.Time) bool {
	retriesEnd := sub.periodStart.Add(renewalRetryPeriod)
	switch {
	case sub.hasEnded():
		return false
	case sub.status == "incomplete" && !now.Before(sub.periodStart.Add(firstPaymentTimeout)):
		sub.status, sub.endedAt = "incomplete_expired", sub.periodStart.Add(firstPaymentTimeout)
		s.emitFor(sub, "customer.subscription.updated")
	case sub.status == "past_due" && !now.Before(retriesEnd):
		s.end(sub, retriesEnd)
	case !sub.cancelAt.IsZero() && !now.Before(sub.cancelAt):
		s.end(sub, sub.cancelAt)
	case sub.status == "active" && !now.Before(sub.periodEnd):
		s.renew(sub)
	default:
		return false
	}
	return true
}

// renew starts the next period. The subscription is past due when the customer's card fails.
func (s *Stripe) renew(sub *subscription) {
	sub.startPeriod(sub.periodEnd)
	if c, _ := s.customer(sub.customer); c != nil && c.cardFails {
		sub.status = "past_due"
		s.emitFor(sub, "invoice.payment_failed", "customer.subscription.updated")
		return
	}
	s.emitFor(sub, "invoice.paid", "customer.subscription.updated")
}

// startPeriod starts a period of one month.
func (sub *subscription) startPeriod(at time.Time) {
	sub.periodStart, sub.periodEnd = at, at.AddDate(0, 1, 0)
}

// end ends a subscription at a time, which may be in the past.
func (s *Stripe) end(sub *subscription, at time.Time) {
	sub.status, sub.endedAt = "canceled", at
	s.emitFor(sub, "customer.subscription.deleted")
}
