package pretend

import (
	"time"

	"github.com/kuvaka-tech/parley/core/fault"
	"github.com/kuvaka-tech/parley/core/subscription"
)

var (
	// ErrNoPage is returned for a checkout or portal page that does not exist, and for a portal page that has expired.
	ErrNoPage = fault.New(fault.NotFound, "no_page", "There is no such page.")
	// ErrCheckoutOver is returned for a checkout that can no longer be paid.
	ErrCheckoutOver = fault.New(fault.Conflict, "checkout_over", "This checkout can no longer be paid.")
)

// Pay pays for a checkout and returns the order's SuccessURL. checkoutID is the last part
// of the checkout's URL. Pay fails with ErrNoPage. It fails with ErrCheckoutOver when the
// checkout was paid or has expired, and when the customer already has a live subscription.
func (p *Payments) Pay(checkoutID string) (successURL string, err error) {
	defer p.lock()()
	now := p.now()
	page, c, err := p.payableCheckout(checkoutID, now)
	if err != nil {
		return "", err
	}
	eventTypes := []string{subUpdated, invoicePaid}
	if !page.isIncomplete() {
		p.addSubscription(page, c)
		eventTypes[0] = subCreated
	}
	page.subscription.activate(now)
	page.paid, page.declined = true, false
	p.emit(sessionCompleted, page.object())
	p.emitFor(c, page.subscription, eventTypes...)
	return page.order.SuccessURL, nil
}

// Decline tries to pay for a checkout with a card that is declined. The
// subscription is then incomplete, and Pay can still complete it. Decline fails like Pay.
func (p *Payments) Decline(checkoutID string) error {
	defer p.lock()()
	now := p.now()
	page, c, err := p.payableCheckout(checkoutID, now)
	if err != nil {
		return err
	}
	page.declined = true
	if !page.isIncomplete() {
		s := p.addSubscription(page, c)
		s.status = subscription.Incomplete
		s.startPeriod(now)
		p.emitFor(c, s, subCreated)
	}
	p.emitFor(c, page.subscription, invoiceFailed)
	return nil
}

// Abandon leaves a checkout and returns the order's CancelURL. The checkout stays open. It fails with ErrNoPage.
func (p *Payments) Abandon(checkoutID string) (cancelURL string, err error) {
	defer p.lock()()
	page := p.checkouts[checkoutID]
	if page == nil {
		return "", ErrNoPage
	}
	return page.order.CancelURL, nil
}

// EndPeriod moves the end of the current period to now. An active subscription then
// renews, or ends if it was cancelled. A subscription that is past due ends.
//
// All methods below apply to the customer's live subscriptions. They fail with
// subscription.ErrUnknownCustomer, and with subscription.ErrNotSubscribed when the
// customer has no live subscription.
func (p *Payments) EndPeriod(customerID string) error {
	defer p.lock()()
	return p.changeLive(customerID, (*customerSubscription).endPeriod)
}

// FailRenewals makes renewals fail until ReplaceCard: the customer's card is declined.
func (p *Payments) FailRenewals(customerID string) error {
	defer p.lock()()
	return p.changeLive(customerID, (*customerSubscription).failRenewals)
}

// ReplaceCard gives the customer a working card, and pays the open invoice with it.
func (p *Payments) ReplaceCard(customerID string) error {
	defer p.lock()()
	return p.changeLive(customerID, (*customerSubscription).replaceCard)
}

// CancelNow ends the customer's live subscriptions immediately.
func (p *Payments) CancelNow(customerID string) error {
	defer p.lock()()
	return p.changeLive(customerID, (*customerSubscription).cancel)
}

// payableCheckout returns a checkout and its customer. It fails with ErrNoPage, and
// with ErrCheckoutOver when the checkout cannot be paid. With ErrCheckoutOver it
// also returns the checkout and its customer.
func (p *Payments) payableCheckout(checkoutID string, now time.Time) (*checkout, *customer, error) {
	page := p.checkouts[checkoutID]
	if page == nil {
		return nil, nil, ErrNoPage
	}
	c, err := p.customer(page.order.Customer, now)
	if err == nil && (page.paid || len(c.live()) > 0 || !now.Before(page.expires)) {
		err = ErrCheckoutOver
	}
	return page, c, err
}

// addSubscription adds the subscription that a checkout sells. The caller must set its status and period.
func (p *Payments) addSubscription(page *checkout, c *customer) *customerSubscription {
	page.subscription = &customerSubscription{id: p.newID("sub_"), plan: page.order.Plan}
	c.subscriptions = append(c.subscriptions, page.subscription)
	return page.subscription
}

// isIncomplete reports whether the first payment was declined and can still be retried.
func (c *checkout) isIncomplete() bool {
	return c.subscription != nil && c.subscription.status == subscription.Incomplete
}
