// Package pretend is a payments provider that runs inside the process, with its own
// checkout and portal pages. Developers can try the whole life of a subscription
// without an account at a real provider. It imitates Stripe: the ids, statuses, events
// and signatures have the same form. No money moves, and all data is lost when the
// process ends.
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
	_ ports.Payments = (*Payments)(nil)
	_ ports.Webhooks = (*Payments)(nil)
)

// Config configures Payments.
type Config struct {
	Clock   ports.Clock
	Random  io.Reader     // source of the 32 bytes from which all ids are derived
	Secret  string        // the webhook secret; "" for a random one
	BaseURL func() string // address of Handler, such as "http://127.0.0.1:8000"
	// Deliver posts a webhook to the app. It fails unless the app accepts the webhook. If
	// Deliver is nil, no webhooks are sent.
	Deliver func(ctx context.Context, payload []byte, signature string) error
	Log     *slog.Logger // nil for none
}

// Payments implements ports.Payments and ports.Webhooks. It is safe for concurrent use.
type Payments struct {
	config Config
	seed   [32]byte      // the key of newID
	wake   chan struct{} // contains a token while the outbox may have new webhooks
	stop   func()        // stops the goroutine of Start; nil before Start
	done   chan struct{} // closed when the goroutine of Start has ended

	mu              sync.Mutex
	idCount         uint64
	customersByUser map[id.ID]*customer
	customersByID   map[string]*customer
	checkouts       map[string]*checkout
	portals         map[string]portal
	outage          bool
	deliveryFaults  DeliveryFaults
	emitted         []webhook // of the change in progress
	outbox          []webhook // waiting for delivery
}

// New returns Payments without customers. It fails only when reading Random fails.
func New(config Config) (*Payments, error) {
	p := &Payments{
		config:          config,
		wake:            make(chan struct{}, 1),
		customersByUser: map[id.ID]*customer{},
		customersByID:   map[string]*customer{},
		checkouts:       map[string]*checkout{},
		portals:         map[string]portal{},
	}
	if _, err := io.ReadFull(config.Random, p.seed[:]); err != nil {
		return nil, fmt.Errorf("reading random bytes for the pretend payments: %w", err)
	}
	if p.config.Secret == "" {
		p.config.Secret = p.newID("whsec_")
	}
	if p.config.Log == nil {
		p.config.Log = slog.New(slog.DiscardHandler)
	}
	return p, nil
}

// SetOutage makes every method of ports.Payments fail with
// subscription.ErrUnavailable until it is called with false. The pages still work,
// except the portal's buttons that call CancelAtPeriodEnd.
func (p *Payments) SetOutage(on bool) {
	defer p.lock()()
	p.outage = on
}

// lock locks mu for a change of the state. The returned function moves the webhooks of
// the change to the outbox and unlocks mu.
func (p *Payments) lock() (unlock func()) {
	p.mu.Lock()
	return func() {
		defer p.mu.Unlock()
		p.enqueueEmitted()
	}
}

// lockUnlessOutage is lock for the methods of ports.Payments. It fails during an outage and when ctx has ended.
func (p *Payments) lockUnlessOutage(ctx context.Context) (unlock func(), err error) {
	if err := ctx.Err(); err != nil {
		return nil, fmt.Errorf("calling the pretend payments: %w", err)
	}
	unlock = p.lock()
	if p.outage {
		unlock()
		return nil, subscription.ErrUnavailable
	}
	return unlock, nil
}

func (p *Payments) now() time.Time { return p.config.Clock.Now() }

// newID returns a new id that cannot be guessed: the prefix and 16 bytes in hex.
func (p *Payments) newID(prefix string) string {
	p.idCount++
	mac := hmac.New(sha256.New, p.seed[:])
	fmt.Fprint(mac, prefix, p.idCount)
	return prefix + hex.EncodeToString(mac.Sum(nil)[:16])
}

// pageURL returns the URL of a page. kind is "checkout" or "portal".
func (p *Payments) pageURL(kind, pageID string) string {
	return strings.TrimSuffix(p.config.BaseURL(), "/") + "/pretend/" + kind + "/" + pageID
}
