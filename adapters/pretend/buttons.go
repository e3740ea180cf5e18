package pretend

import (
	"time"

	"github.com/kuvaka-tech/parley/core/fault"
	"github.com/kuvaka-tech/parley/core/subscription"
)

var (
	// ErrNoPage refuses a checkout or portal that there is not, or not any more.
	ErrNoPage = fault.New(fault.NotFound, "no_page", "There is no such page.")
	// ErrOver refuses a checkout that was paid or has expired.
	ErrOver = fault.New(fault.Conflict, "checkout_over", "This checkout is over.")
)

// Pay pays at a checkout, named by the last part of its URL, and returns the
// order's SuccessURL. It fails with ErrNoPage, and with ErrOver when the checkout
// was paid before or has expired, or the customer has a subscription from another one.
func (c *Company) Pay(session string) (successURL string, err error) {
	defer c.lock()()
	s, p, now, err := c.checkout(session)
	if err != nil {
		return "", err
	}
	said := []string{subUpdated, invoicePaid}
	if !s.incomplete() {
		c.subscribe(s, p)
		said[0] = subCreated
	}
	s.sub.activate(now)
	s.paid, s.declined = true, false
	c.say(sessionCompleted, s.object())
	c.tell(p, s.sub, said...)
	return s.order.SuccessURL, nil
}

// Decline tries to pay at a checkout with a card that is refused: the
// subscription is incomplete, and Pay can still complete it. It fails as Pay does.
func (c *Company) Decline(session string) error {
	defer c.lock()()
	s, p, now, err := c.checkout(session)
	if err != nil {
		return err
	}
	s.declined = true
	if !s.incomplete() {
		sub := c.subscribe(s, p)
		sub.status = subscription.Incomplete
		sub.begin(now)
		c.tell(p, sub, subCreated)
	}
	c.tell(p, s.sub, invoiceFailed)
	return nil
}

// Abandon leaves a checkout, which stays open, and returns the order's CancelURL. It fails with ErrNoPage.
func (c *Company) Abandon(session string) (cancelURL string, err error) {
	defer c.lock()()
	s := c.checkouts[session]
	if s == nil {
		return "", ErrNoPage
	}
	return s.order.CancelURL, nil
}

// EndPeriod moves the end of the customer's period to now: the subscription
// renews, or ends if it was cancelled or past due. Like the methods below it
// fails with subscription.ErrUnknown, or subscription.ErrNotSubscribed without a live subscription.
func (c *Company) EndPeriod(customer string) error {
	defer c.lock()()
	return c.change(customer, (*contract).endPeriod)
}

// FailNextRenewal gives the customer a card that renewals cannot be paid with, until Recover.
func (c *Company) FailNextRenewal(customer string) error {
	defer c.lock()()
	return c.change(customer, func(s *contract, _ time.Time) []string { s.cardFails = true; return nil })
}

// Recover gives the customer a card that works and pays the open invoice, if there is one.
func (c *Company) Recover(customer string) error {
	defer c.lock()()
	return c.change(customer, func(s *contract, _ time.Time) []string { return s.recover() })
}

// CancelNow ends the customer's subscription at once.
func (c *Company) CancelNow(customer string) error {
	defer c.lock()()
	return c.change(customer, (*contract).cancel)
}

// change does f to each live subscription of a customer and tells what came of it.
func (c *Company) change(customer string, f func(s *contract, now time.Time) []string) error {
	p, now, err := c.payer(customer)
	if err != nil {
		return err
	}
	live := p.live()
	if len(live) == 0 {
		return subscription.ErrNotSubscribed
	}
	for _, s := range live {
		c.tell(p, s, f(s, now)...)
	}
	c.settle(p, now)
	return nil
}

// checkout finds one that can be paid.
func (c *Company) checkout(session string) (*checkout, *payer, time.Time, error) {
	s := c.checkouts[session]
	if s == nil {
		return nil, nil, time.Time{}, ErrNoPage
	}
	p, now, err := c.payer(s.order.Customer)
	if err == nil && (s.paid || len(p.live()) > 0 || !now.Before(s.expires)) {
		err = ErrOver
	}
	return s, p, now, err
}

func (c *Company) subscribe(s *checkout, p *payer) *contract {
	s.sub = &contract{id: c.name("sub_"), plan: s.order.Plan}
	p.subs = append(p.subs, s.sub)
	return s.sub
}

func (s *checkout) incomplete() bool {
	return s.sub != nil && s.sub.status == subscription.Incomplete
}
