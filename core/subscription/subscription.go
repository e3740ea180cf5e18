// Package subscription has the rules of the paid plan. It decides until when a user is
// entitled to Pro, given the last snapshot from the payments provider, and when to ask
// the provider again.
package subscription

import (
	"time"

	"github.com/kuvaka-tech/parley/core/fault"
	"github.com/kuvaka-tech/parley/core/id"
)

// Record is the stored state of a user as a customer of the payments provider.
type Record struct {
	User     id.ID
	Customer string // the customer's id at the provider, "" before the first checkout
	Snapshot Snapshot
	Changed  time.Time // when the snapshot last changed, or a checkout page was last opened
	Due      time.Time // the time of the next recheck, zero for never
	Version  int64     // incremented by every save, for optimistic locking
}

// EventTTL is how long the ids of webhook events are stored to detect duplicates. Stripe
// retries an event for 3 days only (docs.stripe.com/webhooks, "Retry behavior").
const EventTTL = 90 * 24 * time.Hour

var (
	// ErrAlreadyPro means that the user has a live subscription and cannot buy another one.
	ErrAlreadyPro = fault.New(fault.Conflict, "already_pro",
		"You already have a subscription. Manage it in the customer portal.")
	// ErrNotSubscribed means that the user has no subscription that can be changed.
	ErrNotSubscribed = fault.New(fault.Conflict, "not_subscribed", "There is no subscription to change.")
	// ErrUnavailable means that the payments provider cannot be reached or returned an error.
	ErrUnavailable = fault.New(fault.Unavailable, "payments_unavailable",
		"Payments are not available right now. Try again later.").After(30 * time.Second)
	// ErrSignature means that a webhook was not signed with the webhook secret, or not within 5 minutes of now.
	ErrSignature = fault.New(fault.Malformed, "invalid_signature", "The signature does not match the payload.")
	// ErrStale means that a record was not saved because another request saved it first.
	ErrStale = fault.New(fault.Conflict, "stale", "The subscription was changed by another request.")
	// ErrUnknownCustomer means that the customer does not exist, or was deleted at the payments provider.
	ErrUnknownCustomer = fault.New(fault.NotFound, "unknown_customer", "There is no such customer.")
)
