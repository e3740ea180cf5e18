package flow

import (
	"net/http"
	"net/http/httptest"
	"slices"
	"testing"
	"time"

	"github.com/kuvaka-tech/parley/adapters/stripe"
	"github.com/kuvaka-tech/parley/adapters/stripe/stripetest"
	"github.com/kuvaka-tech/parley/cmd/parley/boot"
	"github.com/kuvaka-tech/parley/core/subscription"
	"github.com/kuvaka-tech/parley/tests/client"
)

const (
	stripeKey    = "sk_test_flow"
	stripeSecret = "whsec_flow"
)

// account is the Stripe of a program, and the road that its webhooks take.
type account struct {
	*stripetest.Stripe
	t     *testing.T
	p     *program
	clock *leap
	url   string // of its API
}

// atStripe is a configuration that sells through the Stripe at a URL.
func atStripe(url string, variables ...string) []string {
	return slices.Concat(long, []string{
		"STRIPE_SECRET_KEY", stripeKey, "STRIPE_WEBHOOK_SECRET", stripeSecret, "STRIPE_API_BASE", url,
		"FRONTEND_URL", "https://app.example", "SECRET_KEY", key, "PAST_DUE_GRACE", "72h",
	}, variables)
}

func newAccount(t *testing.T, version string, clock *leap) *account {
	return &account{t: t, clock: clock, Stripe: stripetest.New(stripetest.Config{
		Key: stripeKey, Secret: stripeSecret, Version: version, Now: clock.Now,
	})}
}

// stripes starts a program that listens and asks a Stripe of its own over HTTP.
// Both go by a clock that leaps, and begin at a noon, far from the end of a day's quota.
func stripes(t *testing.T, version string) *account {
	t.Helper()
	clock, leaps := leaping()
	s := newAccount(t, version, clock)
	server := httptest.NewServer(s.Stripe)
	t.Cleanup(server.Close)
	s.url = server.URL
	s.p = start(t, config(t, atStripe(s.url)...), leaps)
	t.Cleanup(http.DefaultClient.CloseIdleConnections) // one dialled and not needed would hold up the program's end for 5 seconds
	clock.to(clock.Now().Truncate(24 * time.Hour).Add(36 * time.Hour))
	return s
}

// wire leads requests to a handler with no socket between them, so that they can be made in a bubble.
type wire struct{ http.Handler }

func (w wire) RoundTrip(r *http.Request) (*http.Response, error) {
	answer := httptest.NewRecorder()
	w.ServeHTTP(answer, r)
	return answer.Result(), nil
}

// stripesIndoors is stripes in a bubble, with somebody logged in.
func stripesIndoors(t *testing.T, variables ...string) (*account, device) {
	t.Helper()
	clock, leaps := leaping()
	s := newAccount(t, stripetest.V2025, clock)
	a, err := stripe.New(stripe.Config{SecretKey: stripeKey, WebhookSecret: stripeSecret, Clock: clock, Transport: wire{s.Stripe}})
	if err != nil {
		t.Fatal(err)
	}
	p, d := indoors(t, config(t, atStripe("http://stripe.invalid", variables...)...), leaps, boot.Keep(a))
	s.p = p
	return s, d
}

// post sends a webhook as anybody can, over a socket where there is one.
func (s *account) post(payload []byte, signature string) client.Answer {
	s.t.Helper()
	d := s.p.inside()
	if s.url != "" {
		d = s.p.device()
	}
	a, err := d.Call("POST", "/webhook/stripe", payload, "Stripe-Signature", signature, "Content-Type", "application/json; charset=utf-8")
	if err != nil {
		s.t.Fatal(err)
	}
	return a
}

// deliver posts what Stripe has to tell, and returns the types of the events.
func (s *account) deliver() (types []string) {
	s.t.Helper()
	for _, w := range s.Take() {
		received(s.t, s.post(w.Payload, w.Signature))
		types = append(types, w.Type)
	}
	return types
}

// customer is Stripe's name for a device's user.
func (s *account) customer(d device) string {
	s.t.Helper()
	all := s.Customers(d.want(http.StatusOK, "GET", "/user/me", nil).Get("id"))
	if len(all) != 1 {
		s.t.Fatalf("the user is the customers %v", all)
	}
	return all[0]
}

// buys pays at a page, and has the webhooks told.
func (s *account) buys(d device) {
	s.t.Helper()
	s.must(s.Pay(d.checkout()))
	s.deliver()
	d.tier("Pro", "active")
}

func (s *account) must(err error) {
	s.t.Helper()
	if err != nil {
		s.t.Fatal(err)
	}
}

// asked counts how often Stripe was asked for subscriptions.
func (s *account) asked() int { return s.Calls()["GET /v1/subscriptions"] }

// agrees checks that the app says what Stripe does.
func (s *account) agrees(d device) subscription.Snapshot {
	s.t.Helper()
	a, err := stripe.New(stripe.Config{SecretKey: stripeKey, WebhookSecret: stripeSecret, Clock: s.clock, Transport: wire{s.Stripe}})
	s.must(err)
	want, err := a.Fetch(s.t.Context(), s.customer(d))
	s.must(err)
	d.says(want)
	return want
}
