package pretend

import (
	"time"

	"github.com/kuvaka-tech/parley/core/plan"
	"github.com/kuvaka-tech/parley/core/subscription"
)

const (
	// firstPaymentTimeout is how long the first payment of a subscription can be retried
	// (docs.stripe.com/billing/subscriptions/overview#subscription-statuses).
	firstPaymentTimeout = 23 * time.Hour
	// renewalRetryPeriod is how long the payment of a renewal is retried before the
	// subscription ends: about two weeks, as Stripe recommends
	// (docs.stripe.com/billing/revenue-recovery/smart-retries).
	renewalRetryPeriod = 14 * 24 * time.Hour
)

// Event types, as listed at docs.stripe.com/api/events/types.
const (
	sessionCompleted = "checkout.session.completed"
	sessionExpired   = "checkout.session.expired"
	subCreated       = "customer.subscription.created"
	subUpdated       = "customer.subscription.updated"
	subDeleted       = "customer.subscription.deleted"
	invoicePaid      = "invoice.paid"
	invoiceFailed    = "invoice.payment_failed"
)

// customerSubscription is one subscription of a customer. Methods that change it return
// the types of the events to emit, and no types when nothing has changed.
type customerSubscription struct {
	id                string
	plan              plan.Plan
	status            subscription.Status
	periodStart       time.Time
	periodEnd         time.Time // may be in the past until applyNextDue is called
	cancelAtPeriodEnd bool
	cardFails         bool // the next renewal cannot be paid
	ended             time.Time
}

// applyNextDue makes the first change that is due at now. It returns nil when none is due.
func (s *customerSubscription) applyNextDue(now time.Time) (eventTypes []string) {
	switch {
	case s.status == subscription.Incomplete && !now.Before(s.periodStart.Add(firstPaymentTimeout)):
		s.status = subscription.IncompleteExpired
		return []string{subUpdated}
	case s.status == subscription.PastDue && !now.Before(s.retriesEnd()):
		return s.cancel(s.retriesEnd())
	case s.status == subscription.Active && !now.Before(s.periodEnd):
		return s.renewOrEnd()
	}
	return nil
}

// retriesEnd returns when a subscription that is past due ends.
func (s *customerSubscription) retriesEnd() time.Time { return s.periodStart.Add(renewalRetryPeriod) }

// renewOrEnd starts the next period, or ends the subscription if it was cancelled.
func (s *customerSubscription) renewOrEnd() (eventTypes []string) {
	if s.cancelAtPeriodEnd {
		return s.cancel(s.periodEnd)
	}
	s.startPeriod(s.periodEnd)
	if s.cardFails {
		s.status = subscription.PastDue
		return []string{invoiceFailed, subUpdated}
	}
	return []string{invoicePaid, subUpdated}
}

// startPeriod starts a period of one month.
func (s *customerSubscription) startPeriod(at time.Time) {
	s.periodStart, s.periodEnd = at, at.AddDate(0, 1, 0)
}

// activate makes the first payment, which starts the first period.
func (s *customerSubscription) activate(now time.Time) {
	s.status = subscription.Active
	s.startPeriod(now)
}

func (s *customerSubscription) setCancelAtPeriodEnd(cancel bool) (eventTypes []string) {
	if s.cancelAtPeriodEnd == cancel {
		return nil
	}
	s.cancelAtPeriodEnd = cancel
	return []string{subUpdated}
}

// endPeriod moves the end of the period to now, so that applyNextDue renews or ends
// the subscription. A subscription that is past due ends immediately.
func (s *customerSubscription) endPeriod(now time.Time) (eventTypes []string) {
	if s.status == subscription.PastDue {
		return s.cancel(now)
	}
	s.periodEnd = now
	return nil
}

func (s *customerSubscription) failRenewals(time.Time) (eventTypes []string) {
	s.cardFails = true
	return nil
}

// replaceCard sets a working card, and pays the open invoice with it.
func (s *customerSubscription) replaceCard(time.Time) (eventTypes []string) {
	s.cardFails = false
	if s.status != subscription.PastDue {
		return nil
	}
	s.status = subscription.Active
	return []string{invoicePaid, subUpdated}
}

func (s *customerSubscription) cancel(at time.Time) (eventTypes []string) {
	s.status, s.ended = subscription.Canceled, at
	return []string{subDeleted}
}

func (s *customerSubscription) snapshot() subscription.Snapshot {
	return subscription.Snapshot{
		ID:                s.id,
		Status:            s.status,
		PeriodStart:       s.periodStart,
		PeriodEnd:         s.periodEnd,
		CancelAtPeriodEnd: s.cancelAtPeriodEnd,
		Ended:             s.ended,
	}
}
