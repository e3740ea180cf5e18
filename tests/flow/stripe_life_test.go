package flow

import (
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/kuvaka-tech/parley/adapters/stripe/stripetest"
)

// A user's whole life with Pro, from the first code to the end of what was paid,
// with each webhook posted as Stripe posts it, in both of its API versions.
func TestALifeAtStripe(t *testing.T) {
	for _, version := range []string{stripetest.V2023, stripetest.V2025} {
		t.Run(version, func(t *testing.T) {
			s := stripes(t, version)
			n := number()
			d := s.p.device()
			d.want(http.StatusCreated, "POST", "/auth/signup", object{"mobile_number": n, "name": "Ada"})
			d = d.login(n)
			room := d.room("r")
			s.buysAfterFive(d, room)
			s.fallsBehind(d, room)
			s.leaves(d, room)
			s.p.calm()
		})
	}
}

// buysAfterFive leads from the last free message to the sixth.
func (s *account) buysAfterFive(d device, room string) {
	s.t.Helper()
	d.sends(room, 5)
	refused(s.t, d.send(room, "the sixth"), 429, "quota_exhausted")
	old, page := d.checkout(), d.checkout()
	if !strings.HasPrefix(page, "https://checkout.stripe.com/c/pay/cs_test_") {
		s.t.Fatalf("the checkout page is %s", page)
	}
	if s.Pay(old) == nil {
		s.t.Error("two pages can be paid")
	}
	s.must(s.Pay(page))
	d.tier("Basic", "none")
	refused(s.t, d.send(room, "the sixth"), 429, "quota_exhausted")
	told := s.deliver()
	for _, kind := range []string{"checkout.session.completed", "customer.subscription.created", "invoice.paid"} {
		if !slices.Contains(told, kind) {
			s.t.Errorf("Stripe tells of %v, not of %s", told, kind)
		}
	}
	s.agrees(d)
	d.tier("Pro", "active")
	d.sends(room, 5)
	d.used(10)
	refused(s.t, d.want(http.StatusConflict, "POST", "/subscribe/pro", nil), 409, "already_pro")
}

// fallsBehind does not pay for the next month at first: Pro holds for the grace,
// not longer, and again once it is paid.
func (s *account) fallsBehind(d device, room string) {
	s.t.Helper()
	end := s.agrees(d).PeriodEnd
	s.must(s.FailRenewals(s.customer(d)))
	s.clock.to(end.Add(time.Hour))
	s.deliver()
	d.tier("Pro", "past_due")
	d.sends(room, 6)
	refused(s.t, d.want(http.StatusConflict, "POST", "/subscribe/pro", nil), 409, "already_pro")
	s.clock.to(end.Add(72*time.Hour - time.Minute))
	d.tier("Pro", "past_due")
	s.clock.to(end.Add(72 * time.Hour))
	d.tier("Basic", "past_due")
	d.sends(room, 5)
	refused(s.t, d.send(room, "the sixth"), 429, "quota_exhausted")
	s.must(s.Recover(s.customer(d)))
	s.deliver()
	d.sends(room, 1)
	d.tier("Pro", "active")
	if now := s.agrees(d); !now.PeriodStart.Equal(end) {
		s.t.Errorf("paid late: %+v", now)
	}
}

// leaves cancels, thinks better of it twice, and is Pro to the end of what was paid.
func (s *account) leaves(d device, room string) {
	s.t.Helper()
	ends := func(want bool) {
		s.t.Helper()
		s.deliver()
		if now := s.agrees(d); now.CancelAtPeriodEnd != want {
			s.t.Errorf("to end is %v: %+v", want, now)
		}
	}
	d.want(http.StatusOK, "POST", "/subscribe/cancel", nil)
	ends(true)
	d.want(http.StatusOK, "POST", "/subscribe/resume", nil)
	ends(false)
	if portal := d.portal(); !strings.HasPrefix(portal, "https://billing.stripe.com/") {
		s.t.Errorf("the portal is %s", portal)
	}
	s.must(s.CancelInPortal(s.customer(d)))
	ends(true)
	d.want(http.StatusOK, "POST", "/subscribe/resume", nil)
	ends(false)
	d.want(http.StatusOK, "POST", "/subscribe/cancel", nil)
	ends(true)
	end := s.agrees(d).PeriodEnd
	s.clock.to(end.Add(-time.Minute))
	d.tier("Pro", "active")
	d.sends(room, 6)
	s.clock.to(end)
	if a := d.want(http.StatusOK, "GET", "/subscribe/status", nil); a.Get("tier") != "Basic" { // whoever was faster, webhook or reconciler
		s.t.Errorf("the period is over: %s", a.Body)
	}
	s.deliver()
	d.tier("Basic", "canceled")
	s.agrees(d)
	s.clock.to(end.Add(24 * time.Hour))
	d.sends(room, 5)
	refused(s.t, d.send(room, "the sixth"), 429, "quota_exhausted")
	for _, path := range []string{"/subscribe/cancel", "/subscribe/resume"} {
		refused(s.t, d.want(http.StatusConflict, "POST", path, nil), 409, "not_subscribed")
	}
	s.buys(d) // and comes back
	s.agrees(d)
}

// sends sends so many messages, and waits for the answers, which no clock should leap over.
func (d device) sends(room string, n int) {
	d.t.Helper()
	var last string
	for range n {
		last = d.ask(room, "hello")
	}
	d.done(last, "You said: hello")
}
