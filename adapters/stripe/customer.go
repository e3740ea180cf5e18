package stripe

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	sdk "github.com/stripe/stripe-go/v76"

	"github.com/kuvaka-tech/parley/core/id"
	"github.com/kuvaka-tech/parley/core/subscription"
)

const (
	// userMetadata is the metadata key under which a customer has the id of its user.
	userMetadata = "parley_user"
	// maxCustomerKeys is how many idempotency keys Customer tries.
	maxCustomerKeys = 10
)

// Customer implements ports.Payments. Stripe receives the user's id and no other
// personal data.
//
// Two mechanisms ensure that a user has only one customer:
//
//   - The idempotency key. For 24 hours, Stripe returns the same response to all
//     requests with the same key, even if they are concurrent. The app stores the
//     customer's id long before the key expires.
//   - The search, which finds a customer about a minute after its creation. It finds the
//     customer even when the app has lost its record, for example because a backup was
//     restored. In some countries, such as India, the search is not available
//     (docs.stripe.com/api/customers/search).
func (p *Payments) Customer(ctx context.Context, userID id.ID) (string, error) {
	ctx, cancel := withMethodTimeout(ctx)
	defer cancel()
	found, err := p.searchCustomer(ctx, userID)
	if found != "" || err != nil {
		return found, err
	}
	for key := range maxCustomerKeys {
		created, err := p.createCustomer(ctx, userID, key)
		var failure *apiError
		switch {
		case errors.As(err, &failure) && failure.replayed:
			continue // Stripe replays this error for 24 hours, so only another key can succeed
		case err != nil || !isReplayed(created.APIResource):
			return created.ID, err
		}
		// The customer of a replayed response may have been deleted in the meantime.
		if existing, err := p.existingCustomer(ctx, created.ID); existing != "" || err != nil {
			return existing, err
		}
	}
	return "", fmt.Errorf("creating a customer: %w (with %d keys)", subscription.ErrUnavailable, maxCustomerKeys)
}

// createCustomer creates a customer for a user, or returns the one that an earlier call with this key created.
func (p *Payments) createCustomer(ctx context.Context, userID id.ID, key int) (object, error) {
	return p.call(ctx, http.MethodPost, "/v1/customers", &sdk.CustomerParams{
		Params:   sdk.Params{IdempotencyKey: new(fmt.Sprintf("parley-customer-%s-%d", userID, key))},
		Metadata: map[string]string{userMetadata: string(userID)},
	})
}

// searchCustomer returns the id of a user's customer. It returns "" when the search
// finds no customer and when it is not available.
func (p *Payments) searchCustomer(ctx context.Context, userID id.ID) (string, error) {
	found, err := p.call(ctx, http.MethodGet, "/v1/customers/search", &sdk.CustomerSearchParams{
		SearchParams: sdk.SearchParams{Query: fmt.Sprintf("metadata['%s']:'%s'", userMetadata, userID)},
	})
	if permanentError(err) != nil {
		return "", nil
	}
	for _, c := range found.Data {
		if existing, err := p.existingCustomer(ctx, c.ID); existing != "" || err != nil {
			return existing, err
		}
	}
	return "", err
}

// existingCustomer returns the id of a customer, or "" when the customer does not exist or was deleted.
func (p *Payments) existingCustomer(ctx context.Context, customerID string) (string, error) {
	path := sdk.FormatURLPath("/v1/customers/%s", customerID)
	c, err := p.call(ctx, http.MethodGet, path, &sdk.CustomerParams{})
	if isMissing(err) || c.Deleted {
		return "", nil
	}
	return c.ID, err
}

// DeleteCustomer implements ports.Payments. Deleting a customer cancels the subscriptions
// immediately, removes the cards, and prevents new subscriptions, also on a checkout session that
// is still open (docs.stripe.com/api/customers/delete). Open sessions are expired before, so that
// a user sees that the page is closed.
func (p *Payments) DeleteCustomer(ctx context.Context, customerID string) error {
	ctx, cancel := withMethodTimeout(ctx)
	defer cancel()
	err := p.expireOpenSessions(ctx, customerID)
	if err != nil && !errors.Is(err, subscription.ErrUnknownCustomer) {
		return err
	}
	path := sdk.FormatURLPath("/v1/customers/%s", customerID)
	_, err = p.call(ctx, http.MethodDelete, path, &sdk.CustomerParams{})
	if isMissing(err) {
		return nil
	}
	return err
}
