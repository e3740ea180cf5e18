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

// till is what a test sees of a program's dealings with the pretend company.
type till struct {
	*pretend.Company
	ports.Webhooks

	mu      sync.Mutex
	closed  bool     // to webhooks: all are refused, and kept
	kept    [][]byte // the payloads of those that came
	fetches int
}

// Event implements ports.Webhooks.
func (s *till) Event(payload []byte, signature string, now time.Time) (ports.Event, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		s.kept = append(s.kept, bytes.Clone(payload)) // the request ends
		return ports.Event{}, subscription.ErrUnavailable
	}
	return s.Webhooks.Event(payload, signature, now)
}

// counted is ports.Payments that counts what is fetched.
type counted struct {
	ports.Payments
	till *till
}

func (c counted) Fetch(ctx context.Context, customer string) (subscription.Snapshot, error) {
	c.till.mu.Lock()
	c.till.fetches++
	c.till.mu.Unlock()
	return c.Payments.Fetch(ctx, customer)
}

// cashier starts a program whose dealings with the company can be seen, and logs somebody in.
func cashier(t *testing.T, variables ...string) (*till, *program, device) {
	t.Helper()
	s := &till{}
	p, d := indoors(t, config(t, variables...), sells(&s.Company),
		boot.Wrap(func(w ports.Webhooks) ports.Webhooks { s.Webhooks = w; return s }),
		boot.Wrap(func(p ports.Payments) ports.Payments { return counted{p, s} }))
	return s, p, d
}

// shut refuses and keeps webhooks from now on; open takes them again and returns those kept, each once.
func (s *till) shut() { s.mu.Lock(); defer s.mu.Unlock(); s.closed = true }

func (s *till) open() (payloads [][]byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.closed = false
	seen := map[string]bool{}
	for _, p := range s.kept {
		if !seen[string(p)] {
			payloads = append(payloads, p)
		}
		seen[string(p)] = true
	}
	return payloads
}

func (s *till) fetched() int { s.mu.Lock(); defer s.mu.Unlock(); return s.fetches }

// customer is the company's name for a device's user.
func (s *till) customer(d device) string {
	d.t.Helper()
	customer, err := s.Customer(context.Background(), id.ID(d.want(http.StatusOK, "GET", "/user/me", nil).Get("id")))
	if err != nil {
		d.t.Fatal(err)
	}
	return customer
}

// event is one about a customer, as the company writes it.
func event(name, customer string) []byte {
	return fmt.Appendf(nil, `{"id":%q,"object":"event","type":"customer.subscription.updated","data":{"object":{"object":"subscription","customer":%q}}}`, name, customer)
}

// hook posts a webhook as anybody can.
func (p *program) hook(payload []byte, signature string) client.Answer {
	p.t.Helper()
	a, err := p.inside().Call("POST", "/subscribe/webhook", payload, "Stripe-Signature", signature, "Content-Type", "application/json; charset=utf-8")
	if err != nil {
		p.t.Fatal(err)
	}
	return a
}

// received checks that a webhook was taken.
func received(t *testing.T, a client.Answer) {
	t.Helper()
	if a.Status != http.StatusOK || strings.TrimSpace(string(a.Body)) != `{"status":"received"}` {
		t.Errorf("webhook: %d %s", a.Status, a.Body)
	}
}
