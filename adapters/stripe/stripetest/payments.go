package stripetest

import (
	"errors"
	"path"
)

var (
	// ErrPageNotOpen is returned for a checkout page that does not exist, was paid or has expired.
	ErrPageNotOpen = errors.New("stripetest: the checkout page is not open")
	// ErrNoSubscription is returned when the customer or the id has no subscription that can be changed.
	ErrNoSubscription = errors.New("stripetest: no such subscription")
)

// Pay pays on a checkout page with a working card. It fails with ErrPageNotOpen.
func (s *Stripe) Pay(pageURL string) error {
	defer s.lock()()
	session, err := s.openSession(pageURL)
	if err != nil {
		return err
	}
	change := "customer.subscription.updated"
	if session.sub == nil || session.sub.hasEnded() {
		session.sub = s.addSubscription(session.customer, session.price)
		change = "customer.subscription.created"
	}
	session.sub.status, session.status = "active", "complete"
	session.sub.startPeriod(s.now())
	s.emit("checkout.session.completed", session.object())
	s.emitFor(session.sub, change, "invoice.paid")
	return nil
}

// Decline tries to pay on a checkout page with a card that is declined. It fails with ErrPageNotOpen.
func (s *Stripe) Decline(pageURL string) error {
	defer s.lock()()
	session, err := s.openSession(pageURL)
	if err != nil {
		return err
	}
	if session.sub == nil || session.sub.hasEnded() {
		session.sub = s.addSubscription(session.customer, session.price)
		s.emitFor(session.sub, "customer.subscription.created")
	}
	s.emitFor(session.sub, "invoice.payment_failed")
	return nil
}

// openSession returns the session of an open checkout page. It fails with ErrPageNotOpen.
func (s *Stripe) openSession(pageURL string) (*checkoutSession, error) {
	s.applyDue()
	for _, session := range s.sessions {
		if session.id == path.Base(pageURL) && session.status == "open" {
			return session, nil
		}
	}
	return nil, ErrPageNotOpen
}
