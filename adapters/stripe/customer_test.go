package stripe_test

import (
	"errors"
	"net/http"
	"slices"
	"testing"
	"time"

	"github.com/kuvaka-tech/parley/adapters/stripe/stripetest"
	"github.com/kuvaka-tech/parley/core/id"
	"github.com/kuvaka-tech/parley/core/subscription"
)

const (
	createCustomerRoute = "POST /v1/customers"
	searchRoute         = "GET /v1/customers/search"
)

// checkOnlyCustomer checks that Customer returns a customer and that the user has no
// other. It must be want, unless want is "". It returns the customer.
func (f *fixture) checkOnlyCustomer(t *testing.T, userID id.ID, want string) string {
	t.Helper()
	got, err := f.Customer(t.Context(), userID)
	if err != nil || got == "" || want != "" && got != want {
		t.Errorf("customer of the user = %q, %v; want %q", got, err, want)
	}
	if all := f.stripe.CustomersByMetadata(string(userID)); !slices.Equal(all, []string{got}) {
		t.Errorf("the user has the customers %q, want only %q", all, got)
	}
	return got
}

// Every later call returns the same customer, although the adapter stores nothing.
func TestUserHasOneCustomer(t *testing.T) {
	f := newFixture(t, stripetest.V2023)
	userID, customer := f.newUserAndCustomer(t)
	for _, pause := range []time.Duration{
		0,
		time.Second,
		58 * time.Second,
		time.Second,
		time.Hour,
		24 * time.Hour,
		1000 * time.Hour,
	} {
		f.advance(pause)
		f.checkOnlyCustomer(t, userID, customer)
	}
	if n := f.stripe.Calls()[createCustomerRoute]; n != 4 {
		t.Errorf("%d requests to create the customer, want 4: none after the search finds it", n)
	}
}

func TestCustomerDespiteFaults(t *testing.T) {
	for name, fault := range map[string]stripetest.Fault{
		"the response is lost":      {Route: createCustomerRoute, Times: 1, DropResponse: true},
		"two responses are lost":    {Route: createCustomerRoute, Times: 2, DropResponse: true},
		"the search fails once":     {Route: searchRoute, Times: 1, Status: http.StatusInternalServerError},
		"the search is rejected":    {Route: searchRoute, Status: http.StatusBadRequest},
		"the search is forbidden":   {Route: searchRoute, Status: http.StatusForbidden},
		"the search result is lost": {Route: searchRoute, Times: 1, DropResponse: true},
		"a concurrent request uses the key": {
			Route:  createCustomerRoute,
			Times:  2,
			Status: http.StatusConflict,
			Code:   "idempotency_key_in_use",
		},
		"a lock timeout": {
			Route:  createCustomerRoute,
			Times:  1,
			Status: http.StatusTooManyRequests,
			Code:   "lock_timeout",
		},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFixture(t, stripetest.V2023)
			f.stripe.InjectFault(fault)
			userID := newUserID(t)
			customer := f.checkOnlyCustomer(t, userID, "")
			f.checkOnlyCustomer(t, userID, customer)
		})
	}
}

// Stripe stores a 500 under the idempotency key for a day. The next call must succeed with another key.
func TestCustomerAfterStoredFailure(t *testing.T) {
	f := newFixture(t, stripetest.V2023)
	userID := newUserID(t)
	f.stripe.InjectFault(stripetest.Fault{
		Route:  createCustomerRoute,
		Times:  1,
		Status: http.StatusInternalServerError,
	})
	customer, err := f.Customer(t.Context(), userID)
	if !errors.Is(err, subscription.ErrUnavailable) || customer != "" {
		t.Fatalf("customer during the failure = %q, %v; want ErrUnavailable", customer, err)
	}
	customer = f.checkOnlyCustomer(t, userID, "")
	f.checkOnlyCustomer(t, userID, customer)
}

// No customer is created while the search fails, because the user may already have one.
func TestNoCustomerWhileSearchFails(t *testing.T) {
	for _, status := range []int{
		http.StatusInternalServerError,
		http.StatusServiceUnavailable,
		http.StatusTooManyRequests,
		http.StatusUnauthorized,
	} {
		f := newFixture(t, stripetest.V2023)
		f.stripe.InjectFault(stripetest.Fault{Route: searchRoute, Status: status})
		if _, err := f.Customer(t.Context(), newUserID(t)); !errors.Is(err, subscription.ErrUnavailable) {
			t.Errorf("search fails with %d: %v, want ErrUnavailable", status, err)
		}
		if n := f.stripe.Calls()[createCustomerRoute]; n != 0 {
			t.Errorf("search fails with %d: %d requests to create a customer, want none", status, n)
		}
	}
}

// A deleted customer is unknown to every method. The user gets a new customer, and keeps it.
func TestDeletedCustomer(t *testing.T) {
	for name, subscribed := range map[string]bool{"without a subscription": false, "with a subscription": true} {
		f := newFixture(t, stripetest.V2025)
		userID, customer := f.newUserAndCustomer(t)
		if subscribed {
			must(t, f.stripe.Pay(f.openCheckout(t, customer)))
		}
		f.stripe.Delete(customer)
		for method, err := range f.callCustomerMethods(t, customer) {
			if !errors.Is(err, subscription.ErrUnknownCustomer) {
				t.Errorf("%s for a deleted customer %s: %v, want ErrUnknownCustomer", method, name, err)
			}
		}
		for range 3 {
			f.checkOnlyCustomer(t, userID, "")
			f.advance(time.Minute)
		}
	}
}

// callCustomerMethods calls every method that takes a customer, and returns their errors.
func (f *fixture) callCustomerMethods(t *testing.T, customer string) map[string]error {
	t.Helper()
	_, errCheckout := f.Checkout(t.Context(), order(customer))
	_, errFetch := f.Fetch(t.Context(), customer)
	_, errPortal := f.Portal(t.Context(), customer, accountURL)
	return map[string]error{
		"Checkout":          errCheckout,
		"Fetch":             errFetch,
		"Portal":            errPortal,
		"CancelAtPeriodEnd": f.CancelAtPeriodEnd(t.Context(), customer, true),
	}
}

// The search may still return a customer for a while after its deletion.
func TestStaleSearchResult(t *testing.T) {
	f := newFixture(t, stripetest.V2023)
	userID, customer := f.newUserAndCustomer(t)
	f.stripe.Delete(customer)
	stale := `{"object":"search_result","has_more":false,"data":[{"id":"` + customer + `","object":"customer"}]}`
	f.stripe.InjectFault(stripetest.Fault{Route: searchRoute, Status: http.StatusOK, Body: stale})
	f.checkOnlyCustomer(t, userID, "")
}

// A user whose customer is deleted ten times within a day has to wait for a new one.
func TestCustomerKeysRunOut(t *testing.T) {
	f := newFixture(t, stripetest.V2023)
	userID := newUserID(t)
	for range 10 {
		customer, err := f.Customer(t.Context(), userID)
		must(t, err)
		f.stripe.Delete(customer)
	}
	if customer, err := f.Customer(t.Context(), userID); !errors.Is(err, subscription.ErrUnavailable) {
		t.Errorf("customer after ten deletions = %q, %v; want ErrUnavailable", customer, err)
	}
	f.advance(24 * time.Hour)
	f.checkOnlyCustomer(t, userID, "")
}
