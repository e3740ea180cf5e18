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

// canary is a text that Stripe sends in these tests and that no error may repeat.
const canary = "canary"

// checkNoSecrets checks that an error repeats no secret, nothing that Stripe wrote and no URL of the order.
func checkNoSecrets(t *testing.T, err error) {
	t.Helper()
	for _, text := range []string{secretKey, webhookSecret, canary, "app.example"} {
		if err != nil && strings.Contains(err.Error(), text) {
			t.Errorf("the error contains %q: %v", text, err)
		}
	}
}

// callAll calls each method of ports.Payments once, and returns their errors. It
// checks that each method returns either a result or an error.
func callAll(ctx context.Context, t *testing.T, p *stripe.Payments, customer string) map[string]error {
	t.Helper()
	resultOrError := func(result string, err error) error {
		if (result == "") == (err == nil) {
			t.Errorf("result %q and error %v, want one of them", result, err)
		}
		return err
	}
	_, errFetch := p.Fetch(ctx, customer)
	return map[string]error{
		"Fetch":             errFetch,
		"CancelAtPeriodEnd": p.CancelAtPeriodEnd(ctx, customer, true),
		"Customer":          resultOrError(p.Customer(ctx, newUserID(t))),
		"Checkout":          resultOrError(p.Checkout(ctx, order(customer))),
		"Portal":            resultOrError(p.Portal(ctx, customer, accountURL)),
	}
}

// checkAllUnavailable calls each method once and checks that it fails with ErrUnavailable and without secrets.
func checkAllUnavailable(t *testing.T, p *stripe.Payments, customer, when string) {
	t.Helper()
	for method, err := range callAll(t.Context(), t, p, customer) {
		if !errors.Is(err, subscription.ErrUnavailable) {
			t.Errorf("%s with %s: %v, want ErrUnavailable", method, when, err)
		}
		checkNoSecrets(t, err)
	}
}

// Every failure of Stripe is ErrUnavailable, and the error has no text from the response.
func TestFailures(t *testing.T) {
	quoting := `{"error":{"type":"invalid_request_error","code":"canary!","message":"canary ` + secretKey +
		`","param":"canary"}}`
	for name, fault := range map[string]stripetest.Fault{
		"a rate limit":          {Status: 429, Code: "rate_limit"},
		"a declined card":       {Status: 402, Code: "card_declined"},
		"a missing permission":  {Status: 403},
		"an unknown path":       {Status: 404},
		"an invalid request":    {Status: 400, Body: quoting},
		"a conflict":            {Status: 409, Code: "idempotency_key_in_use"},
		"an internal error":     {Status: 500, Body: quoting},
		"a bad gateway":         {Status: 502, Body: "<html>" + canary},
		"an outage":             {Status: 503},
		"an error without data": {Status: 500, Body: "{}"},
		"a null error":          {Status: 500, Body: `{"error":null}`},
		"a malformed error":     {Status: 400, Body: `{"error":[` + canary},
		"a cut connection":      {DropResponse: true},
		"a malformed response":  {Status: 200, Body: canary},
		"an empty response":     {Status: 200, Body: "{}"},
		"a redirect":            {Status: 302, Body: "{}"},
	} {
		f := newFixture(t, stripetest.V2023)
		customer := f.newSubscriber(t)
		f.stripe.InjectFault(fault)
		checkAllUnavailable(t, f.Payments, customer, name)
	}
}

// The error has what an operator needs to find the request in Stripe's logs.
func TestErrorsNameTheRequest(t *testing.T) {
	f := newFixture(t, stripetest.V2023)
	f.stripe.InjectFault(stripetest.Fault{Status: 429, Code: "rate_limit"})
	_, err := f.Fetch(t.Context(), "cus_1")
	for _, text := range []string{"GET /v1/subscriptions", "429 rate_limit", "request req_"} {
		if !strings.Contains(err.Error(), text) {
			t.Errorf("error %q does not contain %q", err, text)
		}
	}
}

func TestWrongSecretKey(t *testing.T) {
	f := newFixture(t, stripetest.V2023)
	f.config.SecretKey = "sk_live_" + canary
	for method, err := range callAll(t.Context(), t, newPayments(t, f.config), "cus_1") {
		if !errors.Is(err, subscription.ErrUnavailable) || !strings.Contains(err.Error(), "401") {
			t.Errorf("%s with a wrong key: %v, want ErrUnavailable and the status 401", method, err)
		}
		checkNoSecrets(t, err)
	}
}

// The secret key is not sent to the target of a redirect.
func TestRedirectsAreNotFollowed(t *testing.T) {
	target := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		t.Error("a redirect was followed")
	}))
	defer target.Close()
	redirecting := httptest.NewServer(http.RedirectHandler(target.URL, http.StatusTemporaryRedirect))
	defer redirecting.Close()
	f := newFixture(t, stripetest.V2023)
	f.config.BaseURL = redirecting.URL
	f.reopen(t)
	checkAllUnavailable(t, f.Payments, "cus_1", "a redirect")
}

// When Stripe does not respond, every method gives up after two attempts in 12 seconds.
func TestTimeouts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		attempts := 0
		p := newPaymentsWith(t, roundTripFunc(func(r *http.Request) (*http.Response, error) {
			attempts++
			<-r.Context().Done()
			return nil, r.Context().Err()
		}))
		began := time.Now()
		methods := callAll(t.Context(), t, p, "cus_1")
		for method, err := range methods {
			if !errors.Is(err, subscription.ErrUnavailable) || errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("%s without a response: %v, want only ErrUnavailable", method, err)
			}
			checkNoSecrets(t, err)
		}
		took, n := time.Since(began), len(methods)
		if took != time.Duration(n)*12*time.Second || attempts != 2*n {
			t.Errorf("%d methods took %s and %d attempts, want 12s and 2 attempts each", n, took, attempts)
		}
	})
}

// When the caller's context ends, every method returns its error immediately.
func TestContextEnds(t *testing.T) {
	f := newFixture(t, stripetest.V2023)
	customer := f.newSubscriber(t)
	f.stripe.InjectFault(stripetest.Fault{Hang: true})
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	for method, err := range callAll(ctx, t, f.Payments, customer) {
		if !errors.Is(err, context.DeadlineExceeded) || errors.Is(err, subscription.ErrUnavailable) {
			t.Errorf("%s after the context's end: %v, want only DeadlineExceeded", method, err)
		}
		checkNoSecrets(t, err)
	}
}

// Nothing is printed. By default the SDK prints response bodies.
func TestNothingIsPrinted(t *testing.T) {
	reader, writer, err := os.Pipe()
	must(t, err)
	stdout, stderr := os.Stdout, os.Stderr
	os.Stdout, os.Stderr = writer, writer
	f := newFixture(t, stripetest.V2023)
	customer := f.newSubscriber(t)
	f.stripe.InjectFault(stripetest.Fault{Status: 400, Body: `{"error":{"message":"canary"}}`})
	errs := callAll(t.Context(), t, f.Payments, customer)
	os.Stdout, os.Stderr = stdout, stderr
	must(t, writer.Close())
	if errs["Fetch"] == nil {
		t.Error("Fetch succeeded, want an error that the SDK would print")
	}
	if printed, err := io.ReadAll(reader); len(printed) != 0 || err != nil {
		t.Errorf("printed %q, %v; want nothing", printed, err)
	}
}

func TestNewRequiresSecrets(t *testing.T) {
	for _, config := range []stripe.Config{{}, {SecretKey: secretKey}, {WebhookSecret: webhookSecret}} {
		if p, err := stripe.New(config); p != nil || err == nil {
			t.Errorf("New(%+v) succeeded, want an error without both secrets", config)
		}
	}
}
