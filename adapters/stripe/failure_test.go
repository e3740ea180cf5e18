package stripe_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/kuvaka-tech/parley/adapters/stripe"
	"github.com/kuvaka-tech/parley/adapters/stripe/stripetest"
	"github.com/kuvaka-tech/parley/core/subscription"
)

const canary = "canary"

// clean checks that an error repeats neither secrets nor what Stripe wrote.
func clean(t *testing.T, err error) {
	t.Helper()
	for _, secret := range []string{key, secret, canary, "app.example"} {
		if err != nil && strings.Contains(err.Error(), secret) {
			t.Errorf("the error repeats %q: %v", secret, err)
		}
	}
}

// all calls each method once. What comes without an error is there.
func all(ctx context.Context, t *testing.T, a *stripe.Account, customer string) map[string]error {
	t.Helper()
	some := func(text string, err error) error {
		if (text == "") == (err == nil) {
			t.Errorf("%q, %v", text, err)
		}
		return err
	}
	_, err := a.Fetch(ctx, customer)
	return map[string]error{
		"CancelAtPeriodEnd": a.CancelAtPeriodEnd(ctx, customer, true), "Fetch": err,
		"Customer": some(a.Customer(ctx, newUser(t))), "Checkout": some(a.Checkout(ctx, order(customer))),
		"Portal": some(a.Portal(ctx, customer, "https://app.example/account")),
	}
}

// Whatever goes wrong at Stripe is ErrUnavailable, said without a word of Stripe's.
func TestFailures(t *testing.T) {
	quoting := `{"error":{"type":"invalid_request_error","code":"canary!","message":"canary ` + key + `","param":"canary"}}`
	for name, f := range map[string]stripetest.Fault{
		"a limit":             {Status: 429, Code: "rate_limit"},
		"no payment":          {Status: 402, Code: "card_declined"},
		"not allowed":         {Status: 403},
		"not there":           {Status: 404},
		"a request gone bad":  {Status: 400, Body: quoting},
		"a conflict":          {Status: 409, Code: "idempotency_key_in_use"},
		"a fault":             {Status: 500, Body: quoting},
		"a bad gateway":       {Status: 502, Body: "<html>" + canary},
		"no service":          {Status: 503},
		"an empty error":      {Status: 500, Body: "{}"},
		"an error of nothing": {Status: 500, Body: `{"error":null}`},
		"an odd error":        {Status: 400, Body: `{"error":[` + canary},
		"a cut connection":    {Lost: true},
		"no answer":           {Status: 200, Body: canary},
		"an empty answer":     {Status: 200, Body: "{}"},
		"a redirect":          {Status: 302, Body: "{}"},
	} {
		w := newWorld(t, stripetest.V2023)
		customer := w.subscriber(t)
		w.company.Break(f)
		for method, err := range all(t.Context(), t, w.Account, customer) {
			if !errors.Is(err, subscription.ErrUnavailable) {
				t.Errorf("%s: %s: %v", name, method, err)
			}
			clean(t, err)
		}
	}
}

// What the operator needs to find a failure in Stripe's logs is said.
func TestAFailureIsNamed(t *testing.T) {
	w := newWorld(t, stripetest.V2023)
	w.company.Break(stripetest.Fault{Status: 429, Code: "rate_limit"})
	_, err := w.Fetch(t.Context(), "cus_1")
	for _, word := range []string{"GET /v1/subscriptions", "429 rate_limit", "request req_"} {
		if !strings.Contains(err.Error(), word) {
			t.Errorf("%q is not in %v", word, err)
		}
	}
}

func TestAWrongKey(t *testing.T) {
	w := newWorld(t, stripetest.V2023)
	w.config.SecretKey = "sk_live_" + canary
	for method, err := range all(t.Context(), t, open(t, w.config), "cus_1") {
		if !errors.Is(err, subscription.ErrUnavailable) || !strings.Contains(err.Error(), "401") {
			t.Errorf("%s: %v", method, err)
		}
		clean(t, err)
	}
}

// The key goes nowhere but where it should.
func TestRedirectsAreNotFollowed(t *testing.T) {
	elsewhere := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("followed") }))
	defer elsewhere.Close()
	here := httptest.NewServer(http.RedirectHandler(elsewhere.URL, http.StatusTemporaryRedirect))
	defer here.Close()
	w := newWorld(t, stripetest.V2023)
	w.config.BaseURL = here.URL
	a := open(t, w.config)
	a.Hasten()
	for method, err := range all(t.Context(), t, a, "cus_1") {
		if !errors.Is(err, subscription.ErrUnavailable) {
			t.Errorf("%s: %v", method, err)
		}
	}
}

// A Stripe that does not answer is waited for twice, and no longer, by whatever asks it.
func TestPatience(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tries := 0
		a := open(t, stripe.Config{SecretKey: key, WebhookSecret: secret, Clock: &world{now: start}, Transport: transportFunc(func(r *http.Request) (*http.Response, error) {
			tries++
			<-r.Context().Done()
			return nil, r.Context().Err()
		})})
		began := time.Now()
		methods := all(t.Context(), t, a, "cus_1")
		for method, err := range methods {
			if !errors.Is(err, subscription.ErrUnavailable) || errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("%s: %v", method, err)
			}
			clean(t, err)
		}
		if d, n := time.Since(began), len(methods); d != time.Duration(n)*12*time.Second || tries != 2*n {
			t.Errorf("%d methods: %d tries in %s", n, tries, d)
		}
	})
}

// Whose context ends gets its error, at once.
func TestContextEnds(t *testing.T) {
	w := newWorld(t, stripetest.V2023)
	customer := w.subscriber(t)
	w.company.Break(stripetest.Fault{Hang: true})
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	for method, err := range all(ctx, t, w.Account, customer) {
		if !errors.Is(err, context.DeadlineExceeded) || errors.Is(err, subscription.ErrUnavailable) {
			t.Errorf("%s: %v", method, err)
		}
		clean(t, err)
	}
}

// The SDK would print what Stripe says.
func TestNothingIsPrinted(t *testing.T) {
	r, printed, err := os.Pipe()
	check(t, err)
	stdout, stderr := os.Stdout, os.Stderr
	os.Stdout, os.Stderr = printed, printed
	w := newWorld(t, stripetest.V2023)
	customer := w.subscriber(t)
	w.company.Break(stripetest.Fault{Status: 400, Body: `{"error":{"message":"canary"}}`})
	errs := all(t.Context(), t, w.Account, customer)
	os.Stdout, os.Stderr = stdout, stderr
	check(t, printed.Close())
	if said, err := io.ReadAll(r); len(said) != 0 || err != nil || errs["Fetch"] == nil {
		t.Errorf("printed %q, %v", said, err)
	}
}

func TestNewRefuses(t *testing.T) {
	for _, c := range []stripe.Config{{}, {SecretKey: key}, {WebhookSecret: secret}} {
		if a, err := stripe.New(c); a != nil || err == nil {
			t.Errorf("made with %+v", c)
		}
	}
}
