package flow

import (
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/kuvaka-tech/parley/adapters/stripe/stripetest"
	"github.com/kuvaka-tech/parley/cmd/parley/boot"
	"github.com/kuvaka-tech/parley/ports"
)

// lose throws away what Stripe has to tell.
func (s *account) lose() { s.Take() }

// hours pass, but for the few seconds at the end of each in which Stripe is asked.
func (s *account) hours(n int) {
	for range n {
		s.clock.to(s.clock.Now().Add(time.Hour - 11*time.Second))
		time.Sleep(11 * time.Second)
	}
}

// All webhooks are lost: what is bought is known within minutes, and what befalls it within the hour.
func TestStripeWithoutAnyWebhook(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, d := stripesIndoors(t, "PAST_DUE_GRACE", "30m")
		room, page := d.room("r"), d.checkout()
		s.must(s.Pay(page))
		s.lose()
		d.tier("Basic", "none")
		time.Sleep(5*time.Minute + 10*time.Second)
		d.tier("Pro", "active")
		d.sends(room, 6)
		for _, c := range []struct {
			what         string
			change       func(customer string) error
			tier, status string
			cancels      bool
		}{
			{"cancelled", s.CancelInPortal, "Pro", "active", true},
			{"a month is over", s.EndPeriod, "Basic", "canceled", false},
			{"bought anew", func(string) error { return s.Pay(d.checkout()) }, "Pro", "active", false},
			{"the next is not paid", func(c string) error { s.must(s.FailRenewals(c)); return s.EndPeriod(c) }, "Basic", "past_due", false},
			{"paid late", s.Recover, "Pro", "active", false},
			{"ended at once", s.CancelNow, "Basic", "canceled", false},
		} {
			s.must(c.change(s.customer(d)))
			s.lose()
			s.hours(1)
			time.Sleep(11 * time.Second)
			if a := d.tier(c.tier, c.status); (a.Get("cancel_at_period_end") == "true") != c.cancels {
				t.Errorf("%s: %s", c.what, a.Body)
			}
		}
		s.p.logged("level=WARN", `msg="subscriptions repaired that no webhook told of"`, "repaired=1")
		s.hours(24)
		if s.agrees(d); s.asked() > 50 {
			t.Errorf("Stripe was asked %d times", s.asked())
		}
		s.p.calm()
	})
}

// Who comes back from Stripe's page and asks for it is Pro before the webhook comes, which changes nothing more.
func TestStripeSyncOnReturn(t *testing.T) {
	s := stripes(t, stripetest.V2025)
	d := s.p.device().login(number())
	sync := func(tier, status string) {
		t.Helper()
		a := d.want(http.StatusOK, "POST", "/subscribe/sync", nil)
		if b := d.tier(tier, status); string(a.Body) != string(b.Body) {
			t.Errorf("sync says %s, status %s", a.Body, b.Body)
		}
	}
	sync("Basic", "none")
	page := d.checkout()
	sync("Basic", "none")
	s.must(s.Pay(page))
	d.tier("Basic", "none")
	sync("Pro", "active")
	before := s.agrees(d)
	s.deliver()
	if after := s.agrees(d); after.News(before) {
		t.Errorf("%+v became %+v", before, after)
	}
	s.must(s.CancelInPortal(s.customer(d)))
	sync("Pro", "active")
	s.agrees(d)
	s.must(s.CancelNow(s.customer(d)))
	sync("Basic", "canceled")
	s.lose()
	s.agrees(d)
}

// A webhook that comes while Stripe cannot be asked is not taken, and is applied when it comes again.
func TestStripeAwayWhenItTells(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, d := stripesIndoors(t)
		s.must(s.Pay(d.checkout()))
		s.Break(stripetest.Fault{Status: http.StatusServiceUnavailable})
		all := s.Take()
		w := all[len(all)-1]
		refused(t, s.post(w.Payload, w.Signature), 503, "payments_unavailable")
		refused(t, d.want(http.StatusServiceUnavailable, "POST", "/subscribe/sync", nil), 503, "payments_unavailable")
		refused(t, d.want(http.StatusServiceUnavailable, "POST", "/subscribe/pro", nil), 503, "payments_unavailable")
		d.tier("Basic", "none")
		s.Mend()
		received(t, s.post(w.Payload, s.Sign(w.Payload, s.clock.Now())))
		d.tier("Pro", "active")
	})
}

// lostAndFoundAtStart loses all webhooks: a process that starts later repairs what is due at once.
func lostAndFoundAtStart(t *testing.T) {
	s := stripes(t, stripetest.V2025)
	d := s.p.device().login(number())
	found := func(after time.Duration, tier, status string) {
		t.Helper()
		s.lose()
		s.clock.to(s.clock.Now().Add(after))
		start(t, config(t, atStripe(s.url)...), boot.Keep[ports.Clock](s.clock))
		for deadline := time.Now().Add(15 * time.Second); time.Now().Before(deadline); time.Sleep(10 * time.Millisecond) {
			if d.want(http.StatusOK, "GET", "/subscribe/status", nil).Get("status") == status {
				break
			}
		}
		d.tier(tier, status)
		s.agrees(d)
	}
	s.must(s.Pay(d.checkout()))
	found(6*time.Minute, "Pro", "active")
	s.must(s.FailRenewals(s.customer(d)))
	s.must(s.EndPeriod(s.customer(d)))
	found(61*time.Minute, "Pro", "past_due")
	s.must(s.CancelNow(s.customer(d)))
	found(61*time.Minute, "Basic", "canceled")
}
