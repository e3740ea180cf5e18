// Package subscription decides what a user is entitled to, as a function of
// the plan, the last known snapshot of the payments company, and the clock.
package subscription

import (
	"time"

	"github.com/kuvaka-tech/parley/core/chat"
	"github.com/kuvaka-tech/parley/core/fault"
	"github.com/kuvaka-tech/parley/core/id"
)

// Tier is the name of a plan as clients see it.
type Tier string

const (
	Basic Tier = "Basic"
	Pro   Tier = "Pro"
)

// Plan is what a tier gives and costs.
type Plan struct {
	Tier     Tier
	Name     string // on the checkout page
	Cents    int64  // a month, 0 for free
	Currency string // ISO 4217, lower case as Stripe has it
	Terms    chat.Terms
}

// Plans are the two that there are, and how long a failed renewal is forgiven.
type Plans struct {
	Basic, Pro Plan
	Grace      time.Duration
}

// For is the plan that holds at now for one entitled to Pro until proUntil.
func (p Plans) For(proUntil, now time.Time) Plan {
	if now.Before(proUntil) {
		return p.Pro
	}
	return p.Basic
}

// Status is a subscription's, in the words of Stripe
// (docs.stripe.com/api/subscriptions/object#subscription_object-status), and None for one who never had any.
type Status string

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

// Snapshot is what the payments company said of a subscription when it was asked at At.
type Snapshot struct {
	ID                string
	Status            Status
	PeriodStart       time.Time
	PeriodEnd         time.Time
	CancelAtPeriodEnd bool
	Ended             time.Time // when it ended, zero while it has not
	At                time.Time
}

// ProUntil is the instant Pro ends if nothing new is heard; in the past, or zero, when it does not hold.
//
// A renewal is given grace to be paid or to be heard of: from the period's end
// while active, and from the start of the unpaid period while past due. A
// cancelled subscription runs to its period's end, without grace.
func (s Snapshot) ProUntil(grace time.Duration) time.Time {
	switch s.Status {
	case Active, Trialing:
		if s.CancelAtPeriodEnd {
			return s.PeriodEnd
		}
		return s.PeriodEnd.Add(grace)
	case PastDue:
		return s.PeriodStart.Add(grace)
	case Canceled:
		return s.Ended
	}
	return time.Time{}
}

// Live says that the subscription still is one, so that a second must not be sold.
func (s Snapshot) Live() bool {
	switch s.Status {
	case Active, Trialing, PastDue, Unpaid, Paused:
		return true
	}
	return false
}

// Best is the snapshot that counts of one customer's several subscriptions: a
// live one, so that no second is sold beside it, then the one that entitles
// longest, then the one with the greater fields. It is None of none.
func Best(all ...Snapshot) Snapshot {
	best := Snapshot{Status: None}
	for i, s := range all {
		if i == 0 || s.compare(best) > 0 {
			best = s
		}
	}
	return best
}

// Deleted is the snapshot once the company has deleted its customer: all they had ended at once.
func (s Snapshot) Deleted(now time.Time) Snapshot {
	s.Status, s.Ended, s.At = Canceled, now, now
	return s
}

// EventLife is how long it is known that a webhook's event was applied: well past the 3
// days for which Stripe sends it again (docs.stripe.com/webhooks, "Retry behavior").
const EventLife = 90 * 24 * time.Hour

// Record is what is kept of a user's dealings with the payments company.
type Record struct {
	User     id.ID
	Customer string // the company's name for the user
	Snapshot Snapshot
	Changed  time.Time // when the company last said something new, or was asked for a page to pay at
	Due      time.Time // when the company is to be asked again, zero for never
	Version  int64     // grows with every save
}

var (
	ErrAlreadyPro    = fault.New(fault.Conflict, "already_pro", "You already have a subscription. Manage it in the customer portal.")
	ErrNotSubscribed = fault.New(fault.Conflict, "not_subscribed", "There is no subscription to change.")
	ErrUnavailable   = fault.New(fault.Unavailable, "payments_unavailable", "Payments are not available right now. Try again later.").After(30 * time.Second)
	ErrSignature     = fault.New(fault.Malformed, "invalid_signature", "The signature does not match the payload.")
	ErrStale         = fault.New(fault.Conflict, "stale", "The subscription changed meanwhile.")
	ErrUnknown       = fault.New(fault.NotFound, "unknown_customer", "There is no such customer.")
)
