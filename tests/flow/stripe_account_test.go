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

// stripeAccount is a fake Stripe and the program that uses it. The test delivers the webhooks.
type stripeAccount struct {
	*stripetest.Stripe
	t      *testing.T
	p      *program
	clock  *adjustableClock
	apiURL string // "" when the program calls the fake without a socket
}

// stripeConfig returns the variables of a program that uses the Stripe API at a URL.
func stripeConfig(apiURL string, variables ...string) []string {
	return slices.Concat(longTokens, []string{
		"STRIPE_SECRET_KEY", stripeKey,
		"STRIPE_WEBHOOK_SECRET", stripeSecret,
		"STRIPE_API_BASE", apiURL,
		"FRONTEND_URL", "https://app.example",
		"SECRET_KEY", sharedSecret,
		"PAST_DUE_GRACE", "72h",
	}, variables)
}

func newStripeAccount(t *testing.T, version string, clock *adjustableClock) *stripeAccount {
	return &stripeAccount{t: t, clock: clock, Stripe: stripetest.New(stripetest.Config{
		Key:     stripeKey,
		Secret:  stripeSecret,
		Version: version,
		Now:     clock.Now,
	})}
}

// startWithStripe starts a program that listens, and a fake Stripe that the program calls
// over HTTP. They share an adjustable clock. It starts at noon, so that a test does not
// cross the end of a day, when quotas start again.
func startWithStripe(t *testing.T, version string) *stripeAccount {
	t.Helper()
	clock, useClock := withAdjustableClock()
	s := newStripeAccount(t, version, clock)
	server := httptest.NewServer(s.Stripe)
	t.Cleanup(server.Close)
	s.apiURL = server.URL
	s.p = start(t, config(t, stripeConfig(s.apiURL)...), useClock)
	// The program waits 5 seconds at its end for a connection that was never used.
	t.Cleanup(http.DefaultClient.CloseIdleConnections)
	clock.set(clock.Now().Truncate(24 * time.Hour).Add(36 * time.Hour))
	return s
}

// handlerTransport sends requests to a handler without a socket, so that it works with simulated time.
type handlerTransport struct{ http.Handler }

// RoundTrip implements http.RoundTripper.
func (t handlerTransport) RoundTrip(r *http.Request) (*http.Response, error) {
	w := httptest.NewRecorder()
	t.ServeHTTP(w, r)
	return w.Result(), nil
}

// payments returns a client of the fake Stripe.
func (s *stripeAccount) payments() *stripe.Payments {
	s.t.Helper()
	p, err := stripe.New(stripe.Config{
		SecretKey:     stripeKey,
		WebhookSecret: stripeSecret,
		Clock:         s.clock,
		Transport:     handlerTransport{s.Stripe},
	})
	if err != nil {
		s.t.Fatalf("create a client of the fake Stripe: %v", err)
	}
	return p
}

// startWithStripeInProcess is startWithStripe without sockets, with a user who is logged in.
func startWithStripeInProcess(t *testing.T, variables ...string) (*stripeAccount, device) {
	t.Helper()
	clock, useClock := withAdjustableClock()
	s := newStripeAccount(t, stripetest.V2025, clock)
	c := config(t, stripeConfig("http://stripe.invalid", variables...)...)
	p, d := startLoggedIn(t, c, useClock, boot.Use(s.payments()))
	s.p = p
	return s, d
}

// postWebhook posts a webhook without authentication, over a socket if the program listens.
func (s *stripeAccount) postWebhook(payload []byte, signature string) client.Response {
	s.t.Helper()
	d := s.p.newDevice()
	if s.apiURL != "" {
		d = s.p.tcpDevice()
	}
	return d.call("POST", "/webhook/stripe", payload,
		"Stripe-Signature", signature, "Content-Type", webhookContentType)
}

// postSigned posts a webhook that is signed now, and checks that it is accepted.
func (s *stripeAccount) postSigned(payload []byte) {
	s.t.Helper()
	checkReceived(s.t, s.postWebhook(payload, s.Sign(payload, s.clock.Now())))
}

// deliverWebhooks posts the webhooks that were not taken yet, and returns their types.
func (s *stripeAccount) deliverWebhooks() (types []string) {
	s.t.Helper()
	for _, w := range s.TakeWebhooks() {
		checkReceived(s.t, s.postWebhook(w.Payload, w.Signature))
		types = append(types, w.Type)
	}
	return types
}

// dropWebhooks loses the webhooks that were not taken yet.
func (s *stripeAccount) dropWebhooks() { s.TakeWebhooks() }

// customerOf returns the customer id of the device's user.
func (s *stripeAccount) customerOf(d device) string {
	s.t.Helper()
	all := s.CustomersByMetadata(d.Want(http.StatusOK, "GET", "/user/me", nil).Field("id"))
	if len(all) != 1 {
		s.t.Fatalf("customers of the user at Stripe = %v, want exactly one", all)
	}
	return all[0]
}

// upgrade buys Pro and delivers the webhooks.
func (s *stripeAccount) upgrade(d device) {
	s.t.Helper()
	s.must(s.Pay(d.checkoutPage()))
	s.deliverWebhooks()
	d.checkTier("Pro", "active")
}

// must fails the test when an action at Stripe has failed.
func (s *stripeAccount) must(err error) {
	s.t.Helper()
	if err != nil {
		s.t.Fatalf("the action at Stripe failed: %v", err)
	}
}

// fetchCount returns how often the program has fetched subscriptions.
func (s *stripeAccount) fetchCount() int { return s.Calls()["GET /v1/subscriptions"] }

// checkSynced checks that the program shows the subscription as Stripe has it, and returns it.
func (s *stripeAccount) checkSynced(d device) subscription.Snapshot {
	s.t.Helper()
	want, err := s.payments().Fetch(s.t.Context(), s.customerOf(d))
	s.must(err)
	d.checkSnapshot(want)
	return want
}

// sendHello sends n messages and checks the last answer. All replies are done when it
// returns: after a jump of the clock, the lease of a running reply would have expired.
func (d device) sendHello(room string, n int) {
	d.Helper()
	var last string
	for range n {
		last = d.Send(room, "hello")
	}
	d.checkAnswer(last, "You said: hello")
}
