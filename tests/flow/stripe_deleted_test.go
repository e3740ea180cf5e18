package flow

import (
	"net/http"
	"testing"
	"time"

	"github.com/kuvaka-tech/parley/adapters/stripe/stripetest"
)

// A customer who is deleted at Stripe has no Pro left, and can buy it again, as
// another customer; what still comes of the first changes nothing.
func TestACustomerDeletedAtStripe(t *testing.T) {
	s := stripes(t, stripetest.V2025)
	d := s.p.device().login(number())
	room := d.room("r")
	s.buys(d)
	d.sends(room, 6)
	first := s.customer(d)
	s.must(s.CancelInPortal(first)) // told only later
	late := s.Take()
	s.Delete(first)
	s.deliver()
	d.tier("Basic", "canceled")
	refused(t, d.send(room, "the seventh"), 429, "quota_exhausted")
	for _, path := range []string{"cancel", "resume", "portal"} {
		refused(t, d.want(http.StatusConflict, "POST", "/subscribe/"+path, nil), 409, "not_subscribed")
	}
	d.want(http.StatusOK, "POST", "/subscribe/sync", nil)
	d.tier("Basic", "canceled")

	s.clock.to(s.clock.Now().Add(time.Minute))
	s.buys(d)
	if s.customer(d) == first {
		t.Error("the deleted customer bought")
	}
	for _, w := range late {
		received(t, s.post(w.Payload, s.Sign(w.Payload, s.clock.Now())))
	}
	event := event("evt_late", first)
	received(t, s.post(event, s.Sign(event, s.clock.Now())))
	d.tier("Pro", "active")
	s.agrees(d)
	d.sends(room, 6)
	s.p.calm()
}

// One of a customer's subscriptions ends, and is not the one that counts.
func TestAnotherSubscriptionEndsAtStripe(t *testing.T) {
	s := stripes(t, stripetest.V2025)
	d := s.p.device().login(number())
	s.buys(d)
	other := s.Subscribe(s.customer(d)) // by hand, in the dashboard
	s.deliver()
	s.must(s.Unsubscribe(other))
	s.deliver()
	d.tier("Pro", "active")
	if now := s.agrees(d); now.ID == other {
		t.Errorf("what counts is %+v", now)
	}
	s.p.calm()
}
