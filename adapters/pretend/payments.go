package pretend

import (
	"context"
	"maps"
	"time"

	"github.com/kuvaka-tech/parley/core/id"
	"github.com/kuvaka-tech/parley/core/subscription"
	"github.com/kuvaka-tech/parley/ports"
)

// pageTTL is how long a checkout or portal page can be used. It is the default for a
// Stripe Checkout Session
// (docs.stripe.com/api/checkout/sessions/create#create_checkout_session-expires_at).
const pageTTL = 24 * time.Hour

// checkout is a page where an order can be paid.
type checkout struct {
	id           string
	order        ports.Order
	expires      time.Time
	declined     bool // the last attempt to pay was declined
	paid         bool
	subscription *customerSubscription // created by the first attempt to pay
}

// portal is a page where a customer manages the subscription.
type portal struct {
	customerID string
	returnURL  string
	expires    time.Time
}

// Customer implements ports.Payments.
func (p *Payments) Customer(ctx context.Context, userID id.ID) (string, error) {
	unlock, err := p.lockUnlessOutage(ctx)
	if err != nil {
		return "", err
	}
	defer unlock()
	c := p.customersByUser[userID]
	if c == nil {
		c = &customer{id: p.newID("cus_")}
		p.customersByUser[userID], p.customersByID[c.id] = c, c
	}
	return c.id, nil
}

// Checkout implements ports.Payments. The page can be paid once, within pageTTL.
func (p *Payments) Checkout(ctx context.Context, o ports.Order) (string, error) {
	unlock, err := p.lockUnlessOutage(ctx)
	if err != nil {
		return "", err
	}
	defer unlock()
	now := p.now()
	if _, err := p.customer(o.Customer, now); err != nil {
		return "", err
	}
	page := &checkout{id: p.newID("cs_test_"), order: o, expires: now.Add(pageTTL)}
	p.checkouts[page.id] = page
	return p.pageURL("checkout", page.id), nil
}

// Fetch implements ports.Payments.
func (p *Payments) Fetch(ctx context.Context, customerID string) (subscription.Snapshot, error) {
	unlock, err := p.lockUnlessOutage(ctx)
	if err != nil {
		return subscription.Snapshot{}, err
	}
	defer unlock()
	now := p.now()
	c, err := p.customer(customerID, now)
	if err != nil {
		return subscription.Snapshot{}, err
	}
	return c.best(now), nil
}

// CancelAtPeriodEnd implements ports.Payments. It changes every live subscription of
// the customer.
func (p *Payments) CancelAtPeriodEnd(ctx context.Context, customerID string, cancel bool) error {
	unlock, err := p.lockUnlessOutage(ctx)
	if err != nil {
		return err
	}
	defer unlock()
	if cancel {
		if err := p.expireCheckouts(customerID); err != nil {
			return err
		}
	}
	return p.changeLive(customerID, func(s *customerSubscription, _ time.Time) []string {
		return s.setCancelAtPeriodEnd(cancel)
	})
}

// DeleteCustomer implements ports.Payments.
func (p *Payments) DeleteCustomer(ctx context.Context, customerID string) error {
	unlock, err := p.lockUnlessOutage(ctx)
	if err != nil {
		return err
	}
	defer unlock()
	now := p.now()
	c, err := p.customer(customerID, now)
	if err != nil {
		return nil // the customer is deleted already
	}
	if err := p.expireCheckouts(customerID); err != nil {
		return err
	}
	for _, s := range c.live() {
		p.emitFor(c, s, s.cancel(now)...)
	}
	delete(p.customersByID, customerID)
	maps.DeleteFunc(p.customersByUser, func(_ id.ID, other *customer) bool { return other == c })
	return nil
}

// Portal implements ports.Payments. The page can be used for pageTTL.
func (p *Payments) Portal(ctx context.Context, customerID, returnURL string) (string, error) {
	unlock, err := p.lockUnlessOutage(ctx)
	if err != nil {
		return "", err
	}
	defer unlock()
	now := p.now()
	if _, err := p.customer(customerID, now); err != nil {
		return "", err
	}
	pageID := p.newID("bps_")
	p.portals[pageID] = portal{customerID: customerID, returnURL: returnURL, expires: now.Add(pageTTL)}
	return p.pageURL("portal", pageID), nil
}
