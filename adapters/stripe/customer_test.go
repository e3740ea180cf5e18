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
	create = "POST /v1/customers"
	search = "GET /v1/customers/search"
)

// stays asks for a user's customer again, and checks that there is no other.
func (w *world) stays(t *testing.T, user id.ID, want string) {
	t.Helper()
	got, err := w.Customer(t.Context(), user)
	if all := w.company.Customers(string(user)); err != nil || got == "" || want != "" && got != want || !slices.Equal(all, []string{got}) {
		t.Errorf("%q, %v of %q; want %q", got, err, all, want)
	}
}

// Whenever the program asks again, knowing nothing, the user is the same customer.
func TestOneUserStaysOneCustomer(t *testing.T) {
	w := newWorld(t, stripetest.V2023)
	user := newUser(t)
	customer, err := w.Customer(t.Context(), user)
	check(t, err)
	for _, later := range []time.Duration{0, time.Second, 58 * time.Second, time.Second, time.Hour, 24 * time.Hour, 1000 * time.Hour} {
		w.pass(later)
		w.stays(t, user, customer)
	}
	if n := w.company.Calls()[create]; n != 4 { // until the search finds it
		t.Errorf("asked %d times for a customer to be made", n)
	}
}

func TestCustomerSurvivesFaults(t *testing.T) {
	for name, f := range map[string]stripetest.Fault{
		"the answer is lost":          {Route: create, Times: 1, Lost: true},
		"two answers are lost":        {Route: create, Times: 2, Lost: true},
		"another asks at the moment":  {Route: create, Times: 2, Status: http.StatusConflict, Code: "idempotency_key_in_use"},
		"a lock":                      {Route: create, Times: 1, Status: http.StatusTooManyRequests, Code: "lock_timeout"},
		"the search has a hiccup":     {Route: search, Times: 1, Status: http.StatusInternalServerError},
		"searching is refused":        {Route: search, Status: http.StatusBadRequest},
		"searching is not allowed":    {Route: search, Status: http.StatusForbidden},
		"the search's answer is lost": {Route: search, Times: 1, Lost: true},
	} {
		w := newWorld(t, stripetest.V2023)
		w.company.Break(f)
		t.Run(name, func(t *testing.T) {
			user := newUser(t)
			w.stays(t, user, "")
			w.stays(t, user, w.company.Customers(string(user))[0])
		})
	}
}

// Stripe keeps a 500 for a day under the key that it answered: the user must not wait for that.
func TestCustomerAfterAFailureThatIsKept(t *testing.T) {
	w := newWorld(t, stripetest.V2023)
	user := newUser(t)
	w.company.Break(stripetest.Fault{Route: create, Times: 1, Status: http.StatusInternalServerError})
	if customer, err := w.Customer(t.Context(), user); !errors.Is(err, subscription.ErrUnavailable) || customer != "" {
		t.Fatalf("%q, %v", customer, err)
	}
	w.stays(t, user, "")
	w.stays(t, user, w.company.Customers(string(user))[0])
}

// While it cannot be known whether there is a customer, none is made.
func TestNoCustomerInTheDark(t *testing.T) {
	for _, status := range []int{http.StatusInternalServerError, http.StatusServiceUnavailable, http.StatusTooManyRequests, http.StatusUnauthorized} {
		w := newWorld(t, stripetest.V2023)
		w.company.Break(stripetest.Fault{Route: search, Status: status})
		if _, err := w.Customer(t.Context(), newUser(t)); !errors.Is(err, subscription.ErrUnavailable) || w.company.Calls()[create] != 0 {
			t.Errorf("%d: %v, %v", status, err, w.company.Calls())
		}
	}
}

// A deleted customer is unknown to every method, and the user becomes another one, which stays.
func TestDeletedCustomer(t *testing.T) {
	for name, bought := range map[string]bool{"who had nothing": false, "a subscriber": true} {
		w := newWorld(t, stripetest.V2025)
		user := newUser(t)
		customer, err := w.Customer(t.Context(), user)
		check(t, err)
		if bought {
			check(t, w.company.Pay(w.page(t, customer)))
		}
		w.company.Delete(customer)
		_, errs := w.Checkout(t.Context(), order(customer))
		_, errf := w.Fetch(t.Context(), customer)
		_, errp := w.Portal(t.Context(), customer, "https://app.example/account")
		for _, err := range []error{errs, errf, errp, w.CancelAtPeriodEnd(t.Context(), customer, true)} {
			if !errors.Is(err, subscription.ErrUnknown) {
				t.Errorf("%s: %v", name, err)
			}
		}
		for range 3 {
			w.stays(t, user, "")
			w.pass(time.Minute)
		}
	}
}

// The search still shows for a while what was deleted.
func TestAStaleSearch(t *testing.T) {
	w := newWorld(t, stripetest.V2023)
	user := newUser(t)
	customer, err := w.Customer(t.Context(), user)
	check(t, err)
	w.company.Delete(customer)
	stale := `{"object":"search_result","has_more":false,"data":[{"id":"` + customer + `","object":"customer"}]}`
	w.company.Break(stripetest.Fault{Route: search, Status: http.StatusOK, Body: stale})
	w.stays(t, user, "")
}

// Ten customers made and deleted in a day are enough.
func TestCustomersRunOut(t *testing.T) {
	w := newWorld(t, stripetest.V2023)
	user := newUser(t)
	for range 10 {
		customer, err := w.Customer(t.Context(), user)
		check(t, err)
		w.company.Delete(customer)
	}
	if customer, err := w.Customer(t.Context(), user); !errors.Is(err, subscription.ErrUnavailable) {
		t.Errorf("%q, %v", customer, err)
	}
	w.pass(24 * time.Hour)
	w.stays(t, user, "")
}
