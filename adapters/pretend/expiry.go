package pretend

import (
	"time"

	"github.com/kuvaka-tech/parley/core/subscription"
)

// Expire expires a checkout before its time. If a payment was declined, the incomplete
// subscription expires, too. Expire fails like Pay.
func (p *Payments) Expire(checkoutID string) error {
	defer p.lock()()
	now := p.now()
	page, c, err := p.payableCheckout(checkoutID, now)
	if err != nil {
		return err
	}
	p.expireCheckout(page, c, now)
	return nil
}

func (p *Payments) expireCheckout(page *checkout, c *customer, now time.Time) {
	page.expires = now
	p.emit(sessionExpired, page.object())
	if page.isIncomplete() {
		page.subscription.status = subscription.IncompleteExpired
		p.emitFor(c, page.subscription, subUpdated)
	}
}

// expireCheckouts expires the customer's open checkouts. It fails with
// subscription.ErrUnknownCustomer.
func (p *Payments) expireCheckouts(customerID string) error {
	now := p.now()
	c, err := p.customer(customerID, now)
	if err != nil {
		return err
	}
	for _, page := range p.checkouts {
		if page.order.Customer == customerID && !page.paid && now.Before(page.expires) {
			p.expireCheckout(page, c, now)
		}
	}
	return nil
}
