package hostile

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/kuvaka-tech/parley/cmd/parley/boot"
	"github.com/kuvaka-tech/parley/core/chat"
	"github.com/kuvaka-tech/parley/core/id"
	"github.com/kuvaka-tech/parley/ports"
	"github.com/kuvaka-tech/parley/tests/client"
)

// provocations make an operation refuse with a code, each in a program of its own.
var provocations = map[string]func(*testing.T, *document, *operation) client.Answer{
	"not_authenticated":      changed(func(c *call) { c.token = "" }),
	"invalid_token":          changed(func(c *call) { c.token = canary }),
	"malformed_body":         changed(spoilWhole),
	"body_too_large":         changed(func(c *call) { c.raw = make([]byte, 1<<20+1) }),
	"unsupported_media_type": unsupported,
	"invalid_request":        changed(breakRule),
	"not_found":              changed(func(c *call) { c.path = c.op.fill(nowhere, nowhere) }),
	"invalid_otp":            changed(func(c *call) { c.body["mobile_number"] = number() }),
	"invalid_credentials":    changed(func(c *call) { c.body["password"] = canary }),
	"invalid_signature":      changed(func(c *call) { c.raw = append(c.raw, ' ') }),
	"wrong_password":         wrongPassword,
	"rate_limited":           rateLimited,
	"quota_exhausted":        exhausted,
	"overloaded":             overloaded,
	"idempotency_mismatch":   mismatch,
	"idempotency_in_flight":  inFlight,
	"already_pro":            alreadyPro,
	"not_subscribed":         notSubscribed,
	"payments_unavailable":   unavailable,
	"internal":               breaks(errors.New(canary)),
	"unavailable":            breaks(fmt.Errorf(canary+": %w", ports.ErrAway)),
}

const nowhere = "01907e6c-5b1a-7c3e-9f00-2b7a4c1d5e6f"

// changed makes an honest call with one change.
func changed(change func(*call)) func(*testing.T, *document, *operation) client.Answer {
	return func(t *testing.T, d *document, o *operation) client.Answer {
		p := start(t)
		c := p.honest(d, o)
		change(&c)
		return p.answer(c)
	}
}

func spoilWhole(c *call) {
	if c.raw = []byte(`{"` + canary); strings.Contains(c.op.Path, "webhook") || strings.Contains(c.op.Path, "stripe") {
		c.raw = []byte{} // any other is told by its signature
	}
}

func breakRule(c *call) {
	if c.body == nil {
		c.path += "?limit=0&wait=31"
		return
	}
	c.body["unexpected"] = canary
}

func unsupported(t *testing.T, d *document, o *operation) client.Answer {
	p := start(t)
	c := p.honest(d, o)
	return p.raw(peer(), p.request(o.Method, c.path, c.token, strings.NewReader(canary), "Content-Type", "text/plain"))
}

func wrongPassword(t *testing.T, d *document, o *operation) client.Answer {
	p := start(t)
	c := p.honest(d, o)
	p.answer(c)
	c.body["old_password"] = canary
	return p.answer(c)
}

// rateLimited does what one address may do 30 times, or one user 10 times, such as
// guessing at one password, or 20, such as having the payments company asked, and
// then once more. What comes before it takes from the same budget.
func rateLimited(t *testing.T, d *document, o *operation) client.Answer {
	p := start(t)
	c := p.honest(d, o)
	times, before := 30, 0
	switch {
	case o.Path == "/auth/change-password":
		p.answer(c)
		c.body["old_password"], times = canary, 10
	case o.secured():
		times, before = 20, 2
	}
	for n := range times {
		if a := p.from("192.0.2.1:1", c); a.Status == http.StatusTooManyRequests {
			if n < times-before {
				t.Fatalf("refused too early: %s", a.Body)
			}
			return a
		}
		if !o.secured() {
			c.body["mobile_number"] = number()
		}
	}
	return p.from("192.0.2.1:1", c)
}

func exhausted(t *testing.T, d *document, o *operation) client.Answer {
	p := start(t)
	c := p.honest(d, o)
	for range 5 {
		if a := p.answer(c); a.Status != http.StatusAccepted {
			t.Fatalf("%d %s", a.Status, a.Body)
		}
	}
	return p.answer(c)
}

// spent is a day on which the models took more than anybody pays for.
type spent struct{ ports.Messages }

func (s spent) Accept(ctx context.Context, d chat.Draft) (chat.Accepted, error) {
	d.Overloaded = true
	return s.Messages.Accept(ctx, d)
}

func overloaded(t *testing.T, d *document, o *operation) client.Answer {
	p := start(t, boot.Wrap(func(m ports.Messages) ports.Messages { return spent{m} }))
	return p.answer(p.honest(d, o))
}

func mismatch(t *testing.T, d *document, o *operation) client.Answer {
	p := start(t)
	c := p.honest(d, o)
	c.headers = []string{"Idempotency-Key", "a key"}
	p.answer(c)
	c.body["content"] = canary
	return p.answer(c)
}

// busy is a store where every first request under a key is still under way.
type busy struct{ ports.Messages }

func (busy) Accept(context.Context, chat.Draft) (chat.Accepted, error) {
	return chat.Accepted{}, chat.ErrInFlight
}

func inFlight(t *testing.T, d *document, o *operation) client.Answer {
	p := start(t, boot.Wrap(func(m ports.Messages) ports.Messages { return busy{m} }))
	return p.answer(p.honest(d, o))
}

func alreadyPro(t *testing.T, d *document, o *operation) client.Answer {
	p := start(t)
	c := p.honest(d, o)
	p.subscribe(c.token)
	return p.answer(c)
}

func notSubscribed(t *testing.T, d *document, o *operation) client.Answer {
	p := start(t)
	c := p.honest(d, o)
	c.token = p.person().token
	return p.answer(c)
}

func unavailable(t *testing.T, d *document, o *operation) client.Answer {
	p := start(t)
	c := p.honest(d, o)
	if o.Path == "/subscribe/sync" {
		p.subscribe(c.token)
	}
	if !o.secured() {
		c.raw, c.headers = p.event(p.customer())
	}
	p.company.Outage(true)
	return p.answer(c)
}

// customer is one that the program and the company know.
func (p *program) customer() string {
	p.t.Helper()
	who := p.person()
	p.subscribe(who.token)
	user := p.get(who.token, "/user/me").Get("id")
	name, err := p.company.Customer(p.t.Context(), id.ID(user))
	if err != nil {
		p.t.Fatal(err)
	}
	return name
}

// fault lets wrapped ports fail with what nobody must see.
type fault struct {
	on   atomic.Bool
	with error
}

func (f *fault) err() error {
	if f.on.Load() {
		return f.with
	}
	return nil
}

type brokenSessions struct {
	ports.Sessions
	*fault
}

func (b brokenSessions) Alive(ctx context.Context, session id.ID, now time.Time) error {
	return errors.Join(b.err(), b.Sessions.Alive(ctx, session, now))
}

type brokenLimiter struct {
	ports.Limiter
	*fault
}

func (b brokenLimiter) Take(ctx context.Context, now time.Time, budgets ...ports.Budget) error {
	if err := b.err(); err != nil {
		return err
	}
	return b.Limiter.Take(ctx, now, budgets...)
}

type brokenLedger struct {
	ports.Ledger
	*fault
}

func (b brokenLedger) Receive(ctx context.Context, event string, now time.Time) (bool, error) {
	if err := b.err(); err != nil {
		return false, err
	}
	return b.Ledger.Receive(ctx, event, now)
}

// breaks makes an honest call while what the operation asks first fails with err.
func breaks(err error) func(*testing.T, *document, *operation) client.Answer {
	return func(t *testing.T, d *document, o *operation) client.Answer {
		f := &fault{with: err}
		p := start(t, boot.Wrap(func(s ports.Sessions) ports.Sessions { return brokenSessions{s, f} }),
			boot.Wrap(func(l ports.Limiter) ports.Limiter { return brokenLimiter{l, f} }),
			boot.Wrap(func(l ports.Ledger) ports.Ledger { return brokenLedger{l, f} }))
		c := p.honest(d, o)
		f.on.Store(true)
		defer f.on.Store(false)
		return p.answer(c)
	}
}
