package pretend

import (
	"time"

	"github.com/kuvaka-tech/parley/core/subscription"
)

const (
	// incompleteLife is how long a first payment can be made good
	// (docs.stripe.com/billing/subscriptions/overview#subscription-statuses).
	incompleteLife = 23 * time.Hour
	// retryLife is how long a failed renewal is tried again before the
	// subscription ends, about the two weeks that Stripe recommends
	// (docs.stripe.com/billing/revenue-recovery/smart-retries).
	retryLife = 14 * 24 * time.Hour
)

// What webhooks tell, in the words of docs.stripe.com/api/events/types.
const (
	sessionCompleted = "checkout.session.completed"
	sessionExpired   = "checkout.session.expired"
	subCreated       = "customer.subscription.created"
	subUpdated       = "customer.subscription.updated"
	subDeleted       = "customer.subscription.deleted"
	invoicePaid      = "invoice.paid"
	invoiceFailed    = "invoice.payment_failed"
)

// contract is one subscription. Its methods that change it return the types of
// the events which tell so, none when nothing has changed.
type contract struct {
	id         string
	plan       subscription.Plan
	status     subscription.Status
	start, end time.Time // of the period; the end may be past until the next step
	cancelling bool      // ends with its period
	cardFails  bool      // the next renewal cannot be paid
	ended      time.Time
}

// step does the first thing that has become due by now.
func (s *contract) step(now time.Time) []string {
	switch {
	case s.status == subscription.Incomplete && !now.Before(s.start.Add(incompleteLife)):
		s.status = subscription.IncompleteExpired
		return []string{subUpdated}
	case s.status == subscription.PastDue && !now.Before(s.start.Add(retryLife)):
		return s.cancel(s.start.Add(retryLife))
	case s.status == subscription.Active && !now.Before(s.end):
		return s.renew()
	}
	return nil
}

func (s *contract) renew() []string {
	if s.cancelling {
		return s.cancel(s.end)
	}
	s.begin(s.end)
	if s.cardFails {
		s.status = subscription.PastDue
		return []string{invoiceFailed, subUpdated}
	}
	return []string{invoicePaid, subUpdated}
}

// begin starts a period of one month.
func (s *contract) begin(at time.Time) { s.start, s.end = at, at.AddDate(0, 1, 0) }

// activate is the first payment.
func (s *contract) activate(now time.Time) {
	s.status = subscription.Active
	s.begin(now)
}

func (s *contract) schedule(cancel bool) []string {
	if s.cancelling == cancel {
		return nil
	}
	s.cancelling = cancel
	return []string{subUpdated}
}

// endPeriod lets the period be over; step then renews or ends it. The retries of an unpaid one are over.
func (s *contract) endPeriod(now time.Time) []string {
	if s.status == subscription.PastDue {
		return s.cancel(now)
	}
	s.end = now
	return nil
}

// recover brings a card that works, and pays what is open with it.
func (s *contract) recover() []string {
	s.cardFails = false
	if s.status != subscription.PastDue {
		return nil
	}
	s.status = subscription.Active
	return []string{invoicePaid, subUpdated}
}

func (s *contract) cancel(at time.Time) []string {
	s.status, s.ended = subscription.Canceled, at
	return []string{subDeleted}
}

func (s *contract) snapshot() subscription.Snapshot {
	return subscription.Snapshot{
		ID: s.id, Status: s.status, PeriodStart: s.start, PeriodEnd: s.end, CancelAtPeriodEnd: s.cancelling, Ended: s.ended,
	}
}
