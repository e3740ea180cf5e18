package ports

import (
	"context"
	"time"

	"github.com/kuvaka-tech/parley/core/id"
	"github.com/kuvaka-tech/parley/core/subscription"
)

// Order is a plan to be sold to a customer.
type Order struct {
	Customer   string
	Plan       subscription.Plan
	SuccessURL string
	CancelURL  string
}

// Payments sells subscriptions. Every method fails with
// subscription.ErrUnavailable when the company cannot be reached or does not
// work, and with subscription.ErrUnknown for a customer it does not know, or has
// deleted: the subscriptions of such a one have ended, and webhooks tell so.
type Payments interface {
	// Customer returns the company's name for a user, the same one each time.
	Customer(ctx context.Context, user id.ID) (string, error)
	// Checkout returns the URL of a page where the order can be paid, unless the
	// customer has a live subscription by then: of several pages one can be paid.
	Checkout(ctx context.Context, o Order) (url string, err error)
	// Fetch returns the customer's subscription as it is: subscription.Best of all, its At after the call began.
	Fetch(ctx context.Context, customer string) (subscription.Snapshot, error)
	// CancelAtPeriodEnd sets or clears the end of the customer's live
	// subscription. Setting it closes the checkout pages that are open, first, so
	// that nothing more is sold. It fails with subscription.ErrNotSubscribed
	// without a live one, pages closed all the same.
	CancelAtPeriodEnd(ctx context.Context, customer string, cancel bool) error
	// Portal returns the URL of a page where the customer manages payment, leading back to returnURL.
	Portal(ctx context.Context, customer, returnURL string) (url string, err error)
}

// Event is what a webhook says: that something of a customer's may have changed.
type Event struct {
	ID       string
	Type     string
	Customer string // "" when it is about no customer or means nothing here
}

// Webhooks reads what the payments company sends.
type Webhooks interface {
	// Event verifies the signature header over the raw payload. It fails with
	// subscription.ErrSignature when it was not made with the secret, or not within
	// 5 minutes of now in either direction.
	Event(payload []byte, signature string, now time.Time) (Event, error)
}

// Ledger remembers webhook events so that each is applied once.
type Ledger interface {
	// Receive enters an event and says whether it was applied before.
	Receive(ctx context.Context, event string, now time.Time) (applied bool, err error)
	// Applied marks a received event as applied.
	Applied(ctx context.Context, event string, now time.Time) error
}

// Subscriptions keeps what was last heard of each customer.
type Subscriptions interface {
	// Get returns the record of a user, an empty one with Version 0 when there is none.
	Get(ctx context.Context, user id.ID) (subscription.Record, error)
	// Find returns a customer's record. It fails with subscription.ErrUnknown.
	Find(ctx context.Context, customer string) (subscription.Record, error)
	// Save keeps r and the user's entitlement that follows from it, together.
	// It fails with subscription.ErrStale, keeping nothing, unless the kept
	// version is r.Version, and with user.ErrNotFound without the user.
	Save(ctx context.Context, r subscription.Record, proUntil time.Time) error
	// Due returns up to n records that are due by now, the longest due first, and
	// puts them off until later, leaving their versions: each goes to one of many
	// who ask at once, and one that cannot be dealt with keeps no other waiting.
	Due(ctx context.Context, now, later time.Time, n int) ([]subscription.Record, error)
}
