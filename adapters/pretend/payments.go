package pretend

import (
	"context"
	"time"

	"github.com/kuvaka-tech/parley/core/id"
	"github.com/kuvaka-tech/parley/core/subscription"
	"github.com/kuvaka-tech/parley/ports"
)

// pageLife is how long a checkout or portal page can be used: as long as a
// Checkout Session by default (docs.stripe.com/api/checkout/sessions/create#create_checkout_session-expires_at).
const pageLife = 24 * time.Hour

// checkout is a page where an order can be paid.
type checkout struct {
	id       string
	order    ports.Order
	expires  time.Time
	declined bool // the last card was
	paid     bool
	sub      *contract // what was paid for, or tried to
}

// portal is a page where a customer manages payment.
type portal struct {
	customer  string
	returnURL string
	expires   time.Time
}

// Customer implements ports.Payments.
func (c *Company) Customer(ctx context.Context, user id.ID) (string, error) {
	leave, err := c.enter(ctx)
	if err != nil {
		return "", err
	}
	defer leave()
	p := c.users[user]
	if p == nil {
		p = &payer{id: c.name("cus_")}
		c.users[user], c.payers[p.id] = p, p
	}
	return p.id, nil
}

// Checkout implements ports.Payments. The page can be paid on for 24 hours, and once.
func (c *Company) Checkout(ctx context.Context, o ports.Order) (string, error) {
	leave, err := c.enter(ctx)
	if err != nil {
		return "", err
	}
	defer leave()
	_, now, err := c.payer(o.Customer)
	if err != nil {
		return "", err
	}
	s := &checkout{id: c.name("cs_test_"), order: o, expires: now.Add(pageLife)}
	c.checkouts[s.id] = s
	return c.url("checkout", s.id), nil
}

// Fetch implements ports.Payments.
func (c *Company) Fetch(ctx context.Context, customer string) (subscription.Snapshot, error) {
	leave, err := c.enter(ctx)
	if err != nil {
		return subscription.Snapshot{}, err
	}
	defer leave()
	p, now, err := c.payer(customer)
	if err != nil {
		return subscription.Snapshot{}, err
	}
	return p.best(now), nil
}

func (p *payer) best(now time.Time) subscription.Snapshot {
	var all []subscription.Snapshot
	for _, s := range p.subs {
		all = append(all, s.snapshot())
	}
	best := subscription.Best(all...)
	best.At = now
	return best
}

// CancelAtPeriodEnd implements ports.Payments; of several live subscriptions it changes each.
func (c *Company) CancelAtPeriodEnd(ctx context.Context, customer string, cancel bool) error {
	leave, err := c.enter(ctx)
	if err != nil {
		return err
	}
	defer leave()
	if cancel {
		if err := c.expireAll(customer); err != nil {
			return err
		}
	}
	return c.change(customer, func(s *contract, _ time.Time) []string { return s.schedule(cancel) })
}

// Portal implements ports.Payments. The page can be used for 24 hours.
func (c *Company) Portal(ctx context.Context, customer, returnURL string) (string, error) {
	leave, err := c.enter(ctx)
	if err != nil {
		return "", err
	}
	defer leave()
	_, now, err := c.payer(customer)
	if err != nil {
		return "", err
	}
	name := c.name("bps_")
	c.portals[name] = portal{customer, returnURL, now.Add(pageLife)}
	return c.url("portal", name), nil
}
