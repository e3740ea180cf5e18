package ports

import (
	"context"

	"github.com/kuvaka-tech/parley/core/id"
	"github.com/kuvaka-tech/parley/core/plan"
	"github.com/kuvaka-tech/parley/core/subscription"
)

// Order describes a checkout: which plan is sold to which customer.
type Order struct {
	Customer   string // the customer's id at the provider
	Plan       plan.Plan
	SuccessURL string // the page that follows a payment
	CancelURL  string // the page that follows a checkout without a payment
}

// Payments sells subscriptions through a payments provider. A method fails with
// subscription.ErrUnavailable when the provider does not work, and with
// subscription.ErrUnknownCustomer when the provider does not know the customer or has
// deleted it. The provider ends the subscriptions of a deleted customer and sends webhooks
// about that.
type Payments interface {
	// Customer returns the provider's customer id of a user. It creates the customer if the
	// provider has none. Until the customer is deleted, the id is always the same.
	Customer(ctx context.Context, userID id.ID) (string, error)
	// Checkout returns the URL of a page where the customer can pay for the order. Nobody
	// can pay on the page any more once the customer has a live subscription. So only one
	// of several open pages can be paid.
	Checkout(ctx context.Context, o Order) (url string, err error)
	// Fetch returns the current state of the customer's subscription, or subscription.Best
	// of several. FetchedAt is the time of the call: the state is not older than that.
	Fetch(ctx context.Context, customer string) (subscription.Snapshot, error)
	// CancelAtPeriodEnd cancels the customer's live subscription at the end of its period,
	// or takes the cancellation back if cancel is false. Before it cancels, it expires the
	// open checkout pages, so that nothing more is sold. When there is no live
	// subscription, it fails with subscription.ErrNotSubscribed, but still expires the pages.
	CancelAtPeriodEnd(ctx context.Context, customer string, cancel bool) error
	// Portal returns the URL of a page where the customer manages the subscription. The
	// page links back to returnURL.
	Portal(ctx context.Context, customer, returnURL string) (url string, err error)
	// DeleteCustomer expires the open checkout pages, ends the customer's subscriptions
	// immediately, and deletes the customer with the name, address and card that the
	// provider keeps for it. It also succeeds when the provider does not know the customer or
	// has deleted it.
	DeleteCustomer(ctx context.Context, customer string) error
}
