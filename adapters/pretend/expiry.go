package pretend

import (
	"time"

	"github.com/kuvaka-tech/parley/core/subscription"
)

// Expire ends a checkout, and what a declined card began there, before its time. It fails as Pay does.
func (c *Company) Expire(session string) error {
	defer c.lock()()
	s, p, now, err := c.checkout(session)
	if err != nil {
		return err
	}
	c.expire(s, p, now)
	return nil
}

func (c *Company) expire(s *checkout, p *payer, now time.Time) {
	s.expires = now
	c.say(sessionExpired, s.object())
	if s.incomplete() {
		s.sub.status = subscription.IncompleteExpired
		c.tell(p, s.sub, subUpdated)
	}
}

// expireAll ends the checkouts of a customer that could still be paid.
func (c *Company) expireAll(customer string) error {
	p, now, err := c.payer(customer)
	for _, s := range c.checkouts {
		if err == nil && s.order.Customer == customer && !s.paid && now.Before(s.expires) {
			c.expire(s, p, now)
		}
	}
	return err
}
