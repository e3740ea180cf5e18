// Package pretend is a payments company in one process, with a checkout and a
// portal of its own, so that the whole life of a subscription can be tried with
// no account anywhere. It speaks as Stripe does: the same ids, states, events
// and signatures. No money moves, and all is forgotten when the process ends.
package pretend

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"sync"
	"time"

	"github.com/kuvaka-tech/parley/core/id"
	"github.com/kuvaka-tech/parley/core/subscription"
	"github.com/kuvaka-tech/parley/ports"
)

var (
	_ ports.Payments = (*Company)(nil)
	_ ports.Webhooks = (*Company)(nil)
)

// Config is what a Company needs to know.
type Config struct {
	Clock   ports.Clock
	Random  io.Reader     // asked once, for 32 bytes
	Secret  string        // signs webhooks; a random one when empty
	BaseURL func() string // where Handler can be reached, as in "http://127.0.0.1:8000"
	// Deliver posts a webhook to the app, and fails unless the app took it. Nil sends none.
	Deliver func(ctx context.Context, payload []byte, signature string) error
	Log     *slog.Logger // nil for none
}

// Company is ports.Payments and ports.Webhooks. It is safe for parallel use.
type Company struct {
	config Config
	seed   [32]byte
	wake   chan struct{} // holds a token when parcels were put out
	stop   func()
	done   chan struct{}

	mu        sync.Mutex
	named     uint64 // names given so far
	users     map[id.ID]*payer
	payers    map[string]*payer
	checkouts map[string]*checkout
	portals   map[string]portal
	outage    bool
	mode      Delivery
	batch     []parcel // what the change under way has to tell
	outbox    []parcel
}

// payer is a customer.
type payer struct {
	id   string
	subs []*contract
}

// New returns a company without customers. It fails only when Random does.
func New(config Config) (*Company, error) {
	c := &Company{
		config: config, wake: make(chan struct{}, 1),
		users: map[id.ID]*payer{}, payers: map[string]*payer{}, checkouts: map[string]*checkout{}, portals: map[string]portal{},
	}
	if _, err := io.ReadFull(config.Random, c.seed[:]); err != nil {
		return nil, fmt.Errorf("reading randomness for the pretend company: %w", err)
	}
	if c.config.Secret == "" {
		c.config.Secret = c.name("whsec_")
	}
	if c.config.Log == nil {
		c.config.Log = slog.New(slog.DiscardHandler)
	}
	return c, nil
}

// Outage lets every method of ports.Payments fail with
// subscription.ErrUnavailable, until it is called with false. The pages stay.
func (c *Company) Outage(on bool) {
	defer c.lock()()
	c.outage = on
}

// lock begins a change; what it returns ends it and puts out the change's webhooks.
func (c *Company) lock() (unlock func()) {
	c.mu.Lock()
	return func() {
		defer c.mu.Unlock()
		c.post()
	}
}

// enter is lock for the methods of ports.Payments.
func (c *Company) enter(ctx context.Context) (leave func(), err error) {
	if err := ctx.Err(); err != nil {
		return nil, fmt.Errorf("calling the pretend company: %w", err)
	}
	leave = c.lock()
	if c.outage {
		leave()
		return nil, subscription.ErrUnavailable
	}
	return leave, nil
}

// payer returns a customer with all that time has done to them by now. It
// fails with subscription.ErrUnknown.
func (c *Company) payer(customer string) (*payer, time.Time, error) {
	p, now := c.payers[customer], c.config.Clock.Now()
	if p == nil {
		return nil, now, subscription.ErrUnknown
	}
	c.settle(p, now)
	return p, now, nil
}

func (c *Company) settle(p *payer, now time.Time) {
	for _, s := range p.subs {
		for said := s.step(now); said != nil; said = s.step(now) {
			c.tell(p, s, said...)
		}
	}
}

func (p *payer) live() []*contract {
	var live []*contract
	for _, s := range p.subs {
		if s.snapshot().Live() {
			live = append(live, s)
		}
	}
	return live
}

// name returns a new id: the prefix and 128 bits in hex that cannot be guessed.
func (c *Company) name(prefix string) string {
	c.named++
	mac := hmac.New(sha256.New, c.seed[:])
	fmt.Fprint(mac, prefix, c.named)
	return prefix + hex.EncodeToString(mac.Sum(nil)[:16])
}

func (c *Company) url(page, name string) string {
	return strings.TrimSuffix(c.config.BaseURL(), "/") + "/pretend/" + page + "/" + name
}
