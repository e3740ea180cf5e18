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
	mark = "parley_user" // the metadata of a customer that says which user it is
	keys = 10            // under which a customer is tried to be made
)

// Customer implements ports.Payments. Stripe learns the user's id and nothing else.
//
// One user stays one customer, as two things overlap: for 24 hours Stripe answers
// the same to the same idempotency key, however often and at once it is asked; and
// from about a minute on a search finds the customer, also for a program that has
// forgotten it, as a restored backup has. Where searching is refused, as in India
// (docs.stripe.com/api/customers/search), there is the key alone: by the time it
// ends the app has kept the name.
func (a *Account) Customer(ctx context.Context, user id.ID) (string, error) {
	ctx, cancel := bound(ctx)
	defer cancel()
	found, err := a.find(ctx, user)
	if found != "" || err != nil {
		return found, err
	}
	for n := range keys {
		made, err := a.create(ctx, user, n)
		var r *refusal
		switch {
		case errors.As(err, &r) && r.replayed: // what failed under a key fails under it for a day
			continue
		case err != nil || !replayed(made.APIResource):
			return made.ID, err
		}
		if alive, err := a.alive(ctx, made.ID); alive != "" || err != nil { // or it was deleted since
			return alive, err
		}
	}
	return "", fmt.Errorf("making a customer under %d keys: %w", keys, subscription.ErrUnavailable)
}

// create makes the customer of a user, once under each key.
func (a *Account) create(ctx context.Context, user id.ID, key int) (object, error) {
	return a.call(ctx, http.MethodPost, "/v1/customers", &sdk.CustomerParams{
		Params:   sdk.Params{IdempotencyKey: new(fmt.Sprintf("parley-customer-%s-%d", user, key))},
		Metadata: map[string]string{mark: string(user)},
	})
}

// find looks for the customer of a user, "" when none is found or searching is refused.
func (a *Account) find(ctx context.Context, user id.ID) (string, error) {
	found, err := a.call(ctx, http.MethodGet, "/v1/customers/search", &sdk.CustomerSearchParams{
		SearchParams: sdk.SearchParams{Query: fmt.Sprintf("metadata['%s']:'%s'", mark, user)},
	})
	if refused(err) != nil {
		return "", nil
	}
	for _, c := range found.Data {
		if alive, err := a.alive(ctx, c.ID); alive != "" || err != nil {
			return alive, err
		}
	}
	return "", err
}

// alive is the name of a customer, "" of one that there is not, or not any more.
func (a *Account) alive(ctx context.Context, customer string) (string, error) {
	c, err := a.call(ctx, http.MethodGet, sdk.FormatURLPath("/v1/customers/%s", customer), &sdk.CustomerParams{})
	if missing(err) || c.Deleted {
		return "", nil
	}
	return c.ID, err
}
