package stripe_test

import (
	"errors"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/kuvaka-tech/parley/adapters/stripe/stripetest"
	"github.com/kuvaka-tech/parley/core/subscription"
)

func TestCheckoutExpires(t *testing.T) {
	w := newWorld(t, stripetest.V2023)
	early, late := w.customer(t), w.customer(t)
	pages := [...]string{w.page(t, early), w.page(t, late)}
	w.pass(34 * time.Minute)
	check(t, w.company.Pay(pages[0]))
	w.pass(time.Minute)
	if err := w.company.Pay(pages[1]); !errors.Is(err, stripetest.ErrNoPage) {
		t.Errorf("after 35 minutes: %v", err)
	}
	check(t, w.company.Pay(w.page(t, late)))
}

// Only the newest page can be paid.
func TestOlderPagesClose(t *testing.T) {
	w := newWorld(t, stripetest.V2023)
	customer := w.customer(t)
	other := w.page(t, w.customer(t))
	var pages []string
	for range 5 {
		pages = append(pages, w.page(t, customer))
	}
	for i, page := range pages {
		if err := w.company.Pay(page); (err == nil) != (i == 4) {
			t.Errorf("page %d: %v", i, err)
		}
	}
	check(t, w.company.Pay(other))
}

// Checkouts at once end in one page that can be paid, and every caller but those who are told to try again has one.
func TestCheckoutsAtOnce(t *testing.T) {
	w := newWorld(t, stripetest.V2023)
	customer := w.customer(t)
	pages := make([]string, 20)
	var all sync.WaitGroup
	for i := range pages {
		all.Go(func() {
			var err error
			if pages[i], err = w.Checkout(t.Context(), order(customer)); err != nil && !errors.Is(err, subscription.ErrUnavailable) {
				t.Error(err)
			}
		})
	}
	all.Wait()
	paid := 0
	for _, page := range pages {
		if page != "" && w.company.Pay(page) == nil {
			paid++
		}
	}
	if n := w.company.Subscriptions(customer); n != 1 || paid != 1 {
		t.Errorf("paid %d times for %d subscriptions", paid, n)
	}
}

// A page whose answer is lost is not opened twice.
func TestALostAnswerOpensOnePage(t *testing.T) {
	w := newWorld(t, stripetest.V2023)
	customer := w.customer(t)
	w.company.Break(stripetest.Fault{Route: "POST /v1/checkout/sessions", Times: 2, Lost: true})
	check(t, w.company.Pay(w.page(t, customer)))
	if calls := w.company.Calls(); calls["POST /v1/checkout/sessions"] != 3 || calls["POST /v1/checkout/sessions/{id}/expire"] != 0 {
		t.Errorf("%v", calls)
	}
}

// meddling lets something happen before a request whose path contains a word, once.
func (w *world) meddling(t *testing.T, before string, happens func()) {
	t.Helper()
	next, once := w.config.Transport, sync.Once{}
	w.config.Transport = transportFunc(func(r *http.Request) (*http.Response, error) {
		if strings.Contains(r.Method+" "+r.URL.Path, before) {
			once.Do(happens)
		}
		return next.RoundTrip(r)
	})
	w.Account = open(t, w.config)
	w.Hasten()
}

type transportFunc func(*http.Request) (*http.Response, error)

func (f transportFunc) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// Who pays on one page while asking for the next has paid once.
func TestPaidMeanwhile(t *testing.T) {
	for _, before := range []string{"POST /v1/checkout/sessions", "GET /v1/checkout/sessions", "/expire", "GET /v1/subscriptions"} {
		w := newWorld(t, stripetest.V2023)
		customer := w.customer(t)
		page, refused := w.page(t, customer), false
		w.meddling(t, before, func() { refused = w.company.Pay(page) != nil })
		next, err := w.Checkout(t.Context(), order(customer))
		switch {
		case !refused && (!errors.Is(err, subscription.ErrAlreadyPro) || next != ""):
			t.Errorf("before %s: a subscriber was sold another: %q, %v", before, next, err)
		case refused && err != nil:
			t.Errorf("before %s: nothing was paid, and the next page is refused: %v", before, err)
		case refused:
			check(t, w.company.Pay(next))
		}
		if n := w.company.Subscriptions(customer); n != 1 {
			t.Errorf("before %s: %d subscriptions", before, n)
		}
	}
}

// A page that is paid, or left, while others are closed is nobody's any more.
func TestThePageIsGone(t *testing.T) {
	w := newWorld(t, stripetest.V2023)
	customer := w.customer(t)
	w.meddling(t, "GET /v1/checkout/sessions", func() { w.pass(time.Hour) })
	if page, err := w.Checkout(t.Context(), order(customer)); !errors.Is(err, subscription.ErrUnavailable) {
		t.Errorf("%q, %v", page, err)
	}
}

func TestSubscribersAreSoldNothing(t *testing.T) {
	w := newWorld(t, stripetest.V2025)
	customer := w.subscriber(t)
	refused := func(when string) {
		t.Helper()
		if page, err := w.Checkout(t.Context(), order(customer)); !errors.Is(err, subscription.ErrAlreadyPro) || page != "" {
			t.Errorf("%s: %q, %v", when, page, err)
		}
	}
	refused("active")
	check(t, w.CancelAtPeriodEnd(t.Context(), customer, true))
	refused("about to end")
	check(t, w.CancelAtPeriodEnd(t.Context(), customer, false))
	check(t, w.company.FailRenewals(customer))
	check(t, w.passPeriod(customer))
	refused("past due")
	check(t, w.company.CancelNow(customer))
	w.page(t, customer)
}
