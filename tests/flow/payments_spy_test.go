package flow

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/kuvaka-tech/parley/adapters/pretend"
	"github.com/kuvaka-tech/parley/cmd/parley/boot"
	"github.com/kuvaka-tech/parley/core/id"
	"github.com/kuvaka-tech/parley/core/subscription"
	"github.com/kuvaka-tech/parley/ports"
	"github.com/kuvaka-tech/parley/tests/client"
)

// paymentsSpy gives a test access to the pretend payments of a program, counts the
// fetches of subscriptions, and can hold back webhooks.
type paymentsSpy struct {
	*pretend.Payments
	ports.Webhooks
	clock *adjustableClock // nil for a program without an adjustable clock

	mu      sync.Mutex
	holding bool     // whether webhooks are refused and stored in held
	held    [][]byte // payloads
	fetches int
}

// startWithPaymentsSpy starts a program with pretend payments that the test can observe,
// and logs a user in.
func startWithPaymentsSpy(t *testing.T, variables ...string) (*paymentsSpy, *program, device) {
	t.Helper()
	s := &paymentsSpy{}
	p, d := startLoggedIn(t, config(t, variables...), s.options()...)
	return s, p, d
}

// startWithPaymentsSpyAndClock is startWithPaymentsSpy with a clock that can be set
// forward, and with long-lived access tokens.
func startWithPaymentsSpyAndClock(t *testing.T, variables ...string) (*paymentsSpy, *program, device) {
	t.Helper()
	clock, useClock := withAdjustableClock()
	s := &paymentsSpy{clock: clock}
	p, d := startLoggedIn(t, config(t, append(longTokens, variables...)...), append(s.options(), useClock)...)
	return s, p, d
}

// startWithLostPayment is startWithPaymentsSpy with a user who has paid for Pro. The
// program does not know, because the webhook was lost and no other will be sent.
func startWithLostPayment(t *testing.T) (*paymentsSpy, *program, device) {
	t.Helper()
	s, p, d := startWithPaymentsSpy(t)
	page := d.checkoutPage()
	s.dropWebhooks()
	p.press(page, "pay")
	d.checkTier("Basic", "none")
	return s, p, d
}

// options returns the options that make a program use the spy.
func (s *paymentsSpy) options() []boot.Option {
	return []boot.Option{capturePayments(&s.Payments), s.captureWebhooks(), s.countFetches()}
}

// capturePayments stores the pretend payments of a program.
func capturePayments(payments **pretend.Payments) boot.Option {
	return boot.Wrap(func(p *pretend.Payments) *pretend.Payments { *payments = p; return p })
}

// captureWebhooks makes the spy receive the webhooks of a program.
func (s *paymentsSpy) captureWebhooks() boot.Option {
	return boot.Wrap(func(w ports.Webhooks) ports.Webhooks { s.Webhooks = w; return s })
}

// countFetches makes the spy count the fetches of a program.
func (s *paymentsSpy) countFetches() boot.Option {
	return boot.Wrap(func(p ports.Payments) ports.Payments { return countingPayments{p, s} })
}

// countingPayments is ports.Payments that counts the calls of Fetch.
type countingPayments struct {
	ports.Payments
	spy *paymentsSpy
}

// Fetch implements ports.Payments.
func (p countingPayments) Fetch(ctx context.Context, customer string) (subscription.Snapshot, error) {
	p.spy.mu.Lock()
	p.spy.fetches++
	p.spy.mu.Unlock()
	return p.Payments.Fetch(ctx, customer)
}

// fetchCount returns how often a subscription was fetched.
func (s *paymentsSpy) fetchCount() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.fetches
}

// checkFetches checks how often the subscription was fetched because of an action.
func checkFetches(t *testing.T, action string, got, want int) {
	t.Helper()
	if got != want {
		t.Errorf("%d fetches after %s, want %d", got, action, want)
	}
}

// Event implements ports.Webhooks. It fails while webhooks are held back.
func (s *paymentsSpy) Event(payload []byte, signature string, now time.Time) (ports.WebhookEvent, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.holding {
		s.held = append(s.held, bytes.Clone(payload)) // the program uses the memory again
		return ports.WebhookEvent{}, subscription.ErrUnavailable
	}
	return s.Webhooks.Event(payload, signature, now)
}

// holdWebhooks refuses and stores all webhooks from now on.
func (s *paymentsSpy) holdWebhooks() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.holding = true
}

// releaseWebhooks ends holdWebhooks. It returns the payload of each held webhook once,
// also if it was retried.
func (s *paymentsSpy) releaseWebhooks() (payloads [][]byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.holding = false
	seen := map[string]bool{}
	for _, p := range s.held {
		if !seen[string(p)] {
			payloads = append(payloads, p)
		}
		seen[string(p)] = true
	}
	return payloads
}

// dropWebhooks makes the pretend payments send no more webhooks.
func (s *paymentsSpy) dropWebhooks() { s.SetDeliveryFaults(pretend.DeliveryFaults{DropAll: true}) }

// customerOf returns the customer id of the device's user.
func (s *paymentsSpy) customerOf(d device) string {
	d.Helper()
	userID := id.ID(d.Want(http.StatusOK, "GET", "/user/me", nil).Field("id"))
	customer, err := s.Customer(context.Background(), userID)
	if err != nil {
		d.Fatalf("get the customer of user %s: %v", userID, err)
	}
	return customer
}

// checkSynced checks that the program shows the subscription as the provider has it.
func (s *paymentsSpy) checkSynced(d device, customer string) {
	d.Helper()
	want, err := s.Fetch(context.Background(), customer)
	if err != nil {
		d.Fatalf("fetch the subscription from the provider: %v", err)
	}
	d.checkSnapshot(want)
}

// webhookPayload returns an event about a customer, in the form of the payments provider.
func webhookPayload(eventID, customer string) []byte {
	const form = `{"id":%q,"object":"event","type":"customer.subscription.updated",` +
		`"data":{"object":{"object":"subscription","customer":%q}}}`
	return fmt.Appendf(nil, form, eventID, customer)
}

const webhookContentType = "application/json; charset=utf-8"

// postWebhook posts a webhook from a new address, without authentication.
func (p *program) postWebhook(payload []byte, signature string) client.Response {
	p.t.Helper()
	return p.newDevice().call("POST", "/subscribe/webhook", payload,
		"Stripe-Signature", signature, "Content-Type", webhookContentType)
}

// checkReceived checks that a webhook was accepted.
func checkReceived(t testing.TB, r client.Response) {
	t.Helper()
	if r.Status != http.StatusOK || strings.TrimSpace(string(r.Body)) != `{"status":"received"}` {
		t.Errorf(`response to a webhook = %d %s, want 200 and the status "received"`, r.Status, r.Body)
	}
}
