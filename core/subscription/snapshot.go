package subscription

import "time"

// Status is the status of a subscription, with the names of Stripe
// (docs.stripe.com/api/subscriptions/object#subscription_object-status).
type Status string

// The statuses of Stripe, and None for a user who never had a subscription.
const (
	None              Status = "none"
	Active            Status = "active"
	Trialing          Status = "trialing"
	PastDue           Status = "past_due"
	Canceled          Status = "canceled"
	Unpaid            Status = "unpaid"
	Incomplete        Status = "incomplete"
	IncompleteExpired Status = "incomplete_expired"
	Paused            Status = "paused"
)

// Snapshot is the state of a subscription as the payments provider returned it.
type Snapshot struct {
	ID                string // the subscription's id at the provider, "" for none
	Status            Status
	PeriodStart       time.Time
	PeriodEnd         time.Time
	CancelAtPeriodEnd bool
	Ended             time.Time // zero while the subscription has not ended
	FetchedAt         time.Time // the snapshot is not older than this
}

// Live reports whether the subscription has started and not ended at the payments
// provider, paid or not. A user with a live subscription must not buy a second one.
func (s Snapshot) Live() bool {
	switch s.Status {
	case Active, Trialing, PastDue, Unpaid, Paused:
		return true
	}
	return false
}

// Deleted returns the snapshot after the customer was deleted at the payments provider,
// which ends a subscription immediately. now is the time of the fetch.
func (s Snapshot) Deleted(now time.Time) Snapshot {
	s.Status = Canceled
	s.Ended = now
	s.FetchedAt = now
	return s
}
