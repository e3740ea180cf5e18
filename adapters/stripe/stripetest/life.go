package stripetest

import (
	"errors"
	"path"
	"time"
)

const (
	// incompleteLife is how long a first payment can be made good
	// (docs.stripe.com/billing/subscriptions/overview#subscription-statuses).
	incompleteLife = 23 * time.Hour
	// retryLife is how long a renewal is tried to be paid, about the two weeks
	// that Stripe recommends (docs.stripe.com/billing/revenue-recovery/smart-retries).
	retryLife = 14 * 24 * time.Hour
)

// What people cannot do.
var (
	ErrNoPage     = errors.New("stripetest: this page is not open")
	ErrNoContract = errors.New("stripetest: the customer has no such subscription")
)

// Settle does what time has done by now. Requests and people do it first, too.
func (s *Stripe) Settle() {
	defer s.lock()()
	s.settle()
}

func (s *Stripe) settle() {
	now := s.now()
	for _, p := range s.sessions {
		if p.status == "open" && !now.Before(p.expires) {
			p.status = "expired"
			s.tell("checkout.session.expired", p.object())
		}
	}
	for _, c := range s.contracts {
		for s.step(c, now) {
		}
	}
}

// step does the first thing that has become due to a subscription.
func (s *Stripe) step(c *contract, now time.Time) bool {
	giveUp := c.start.Add(retryLife)
	switch {
	case c.over():
		return false
	case c.status == "incomplete" && !now.Before(c.start.Add(incompleteLife)):
		c.status, c.ended = "incomplete_expired", c.start.Add(incompleteLife)
		s.tellOf(c, "customer.subscription.updated")
	case c.status == "past_due" && !now.Before(giveUp):
		s.end(c, giveUp)
	case !c.cancelAt.IsZero() && !now.Before(c.cancelAt):
		s.end(c, c.cancelAt)
	case c.status == "active" && !now.Before(c.end):
		s.renew(c)
	default:
		return false
	}
	return true
}

func (s *Stripe) renew(c *contract) {
	c.begin(c.end)
	if buyer, _ := s.customer(c.customer); buyer != nil && buyer.fails {
		c.status = "past_due"
		s.tellOf(c, "invoice.payment_failed", "customer.subscription.updated")
		return
	}
	s.tellOf(c, "invoice.paid", "customer.subscription.updated")
}

// begin starts a period of one month.
func (c *contract) begin(at time.Time) { c.start, c.end = at, at.AddDate(0, 1, 0) }

func (s *Stripe) end(c *contract, at time.Time) {
	c.status, c.ended = "canceled", at
	s.tellOf(c, "customer.subscription.deleted")
}

// Pay pays at an open page with a card that works. It fails with ErrNoPage.
func (s *Stripe) Pay(url string) error {
	defer s.lock()()
	p, err := s.open(url)
	if err != nil {
		return err
	}
	changed := "customer.subscription.updated"
	if p.sub == nil || p.sub.over() {
		p.sub = s.contract(p.customer, p.order)
		changed = "customer.subscription.created"
	}
	p.sub.status, p.status = "active", "complete"
	p.sub.begin(s.now())
	s.tell("checkout.session.completed", p.object())
	s.tellOf(p.sub, changed, "invoice.paid")
	return nil
}

// Decline tries to pay at an open page with a card that is refused. It fails with ErrNoPage.
func (s *Stripe) Decline(url string) error {
	defer s.lock()()
	p, err := s.open(url)
	if err != nil {
		return err
	}
	if p.sub == nil || p.sub.over() {
		p.sub = s.contract(p.customer, p.order)
		s.tellOf(p.sub, "customer.subscription.created")
	}
	s.tellOf(p.sub, "invoice.payment_failed")
	return nil
}

func (s *Stripe) open(url string) (*session, error) {
	s.settle()
	for _, p := range s.sessions {
		if p.id == path.Base(url) && p.status == "open" {
			return p, nil
		}
	}
	return nil, ErrNoPage
}

// contract makes a subscription that is not paid.
func (s *Stripe) contract(customer string, o order) *contract {
	c := &contract{id: s.name("sub_"), customer: customer, status: "incomplete", order: o, made: s.now()}
	c.begin(c.made)
	s.contracts = append(s.contracts, c)
	return c
}
