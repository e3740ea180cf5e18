package pretend

import (
	"time"

	"github.com/kuvaka-tech/parley/core/subscription"
)

// customer is a customer, who belongs to one user.
type customer struct {
	id            string
	subscriptions []*customerSubscription // also those that have ended
}

// customer returns a customer after it has made all changes that are due at now. It
// fails with subscription.ErrUnknownCustomer.
func (p *Payments) customer(customerID string, now time.Time) (*customer, error) {
	c := p.customersByID[customerID]
	if c == nil {
		return nil, subscription.ErrUnknownCustomer
	}
	p.applyDue(c, now)
	return c, nil
}

// applyDue makes all changes of the customer's subscriptions that are due at now.
func (p *Payments) applyDue(c *customer, now time.Time) {
	for _, s := range c.subscriptions {
		for eventTypes := s.applyNextDue(now); eventTypes != nil; eventTypes = s.applyNextDue(now) {
			p.emitFor(c, s, eventTypes...)
		}
	}
}

// live returns the customer's live subscriptions.
func (c *customer) live() []*customerSubscription {
	var live []*customerSubscription
	for _, s := range c.subscriptions {
		if s.snapshot().Live() {
			live = append(live, s)
		}
	}
	return live
}

// best returns subscription.Best of the customer's subscriptions, fetched at now.
func (c *customer) best(now time.Time) subscription.Snapshot {
	var all []subscription.Snapshot
	for _, s := range c.subscriptions {
		all = append(all, s.snapshot())
	}
	best := subscription.Best(all...)
	best.FetchedAt = now
	return best
}

// changeLive calls change for each live subscription of a customer, and emits events of
// the types that change returns. It fails with subscription.ErrUnknownCustomer, and with
// subscription.ErrNotSubscribed if the customer has no live subscription.
func (p *Payments) changeLive(
	customerID string,
	change func(s *customerSubscription, now time.Time) (eventTypes []string),
) error {
	now := p.now()
	c, err := p.customer(customerID, now)
	if err != nil {
		return err
	}
	live := c.live()
	if len(live) == 0 {
		return subscription.ErrNotSubscribed
	}
	for _, s := range live {
		p.emitFor(c, s, change(s, now)...)
	}
	p.applyDue(c, now)
	return nil
}
