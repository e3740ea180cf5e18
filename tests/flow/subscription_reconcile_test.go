package flow

import (
	"context"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/kuvaka-tech/parley/adapters/memory"
	"github.com/kuvaka-tech/parley/adapters/pretend"
	"github.com/kuvaka-tech/parley/cmd/parley/boot"
	"github.com/kuvaka-tech/parley/core/subscription"
	"github.com/kuvaka-tech/parley/ports"
)

// mute makes the company send no webhook any more.
func (s *till) mute() { s.SetDelivery(pretend.Delivery{None: true}) }

// watched is a cashier's program where hours can be skipped, but for the few seconds in which the company is asked.
func watched(t *testing.T, variables ...string) (s *till, p *program, d device, hours func(n int)) {
	t.Helper()
	clock, leaps := leaping()
	s = &till{}
	p, d = indoors(t, config(t, append(long, variables...)...), leaps, sells(&s.Company),
		boot.Wrap(func(w ports.Webhooks) ports.Webhooks { s.Webhooks = w; return s }),
		boot.Wrap(func(p ports.Payments) ports.Payments { return counted{p, s} }))
	return s, p, d, func(n int) {
		for range n {
			clock.to(clock.Now().Add(time.Hour - 11*time.Second))
			time.Sleep(11 * time.Second)
		}
	}
}

// All webhooks are lost: what befalls a subscription is known within an hour, and what is bought within minutes.
func TestWithoutAnyWebhook(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, p, d, hours := watched(t, "PAST_DUE_GRACE", "30m")
		s.mute()
		p.press(d.checkout(), "pay")
		d.tier("Basic", "none")
		time.Sleep(5*time.Minute + 10*time.Second)
		d.tier("Pro", "active")
		page := d.portal()
		for _, c := range []struct{ button, tier, status, cancels string }{
			{"cancel", "Pro", "active", "true"}, {"resume", "Pro", "active", "false"}, {"fail", "Pro", "active", "false"}, {"end", "Basic", "past_due", "false"},
			{"recover", "Pro", "active", "false"}, {"stop", "Basic", "canceled", "false"},
		} {
			p.press(page, c.button)
			hours(1)
			time.Sleep(11 * time.Second)
			if a := d.tier(c.tier, c.status); a.Get("cancel_at_period_end") != c.cancels {
				t.Errorf("after %s: %s", c.button, a.Body)
			}
		}
		p.logged("level=WARN", `msg="subscriptions repaired that no webhook told of"`, "repaired=1")
		before := s.fetched()
		hours(10 * 24)
		if n := s.fetched() - before; n == 0 || n > 11 {
			t.Errorf("what has ended was asked about %d times", n)
		}
		p.calm()
	})
}

// Renewals are found, too, month after month, and somebody who only looked at a page is soon left alone.
func TestReconcilingForMonths(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, p, d, hours := watched(t)
		p.buys(d)
		s.mute()
		p.inside().login(number()).checkout()
		hours(95 * 24)
		if a := d.tier("Pro", "active"); a.Get("current_period_end") != midnight(121).Format(time.RFC3339) {
			t.Errorf("after 95 days: %s", a.Body)
		}
		if n, hours := s.fetched(), 95*24; n < hours/2 || n > hours+30 {
			t.Errorf("the company was asked %d times in %d hours", n, hours)
		}
		p.calm()
	})
}

// picky is a company that cannot tell of one customer.
type picky struct {
	ports.Payments
	broken *atomic.Value
}

func (c picky) Fetch(ctx context.Context, customer string) (subscription.Snapshot, error) {
	if customer == c.broken.Load() {
		return subscription.Snapshot{}, errAway
	}
	return c.Payments.Fetch(ctx, customer)
}

// Of many whose webhooks were lost, one that fails keeps none of the others waiting, and comes in the end.
func TestReconcilingMany(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var company *pretend.Company
		var broken atomic.Value
		broken.Store("")
		p, first := indoors(t, config(t, long...), sells(&company), boot.Wrap(func(p ports.Payments) ports.Payments { return picky{p, &broken} }))
		s := &till{Company: company}
		s.mute()
		all := []device{first}
		for range 11 {
			all = append(all, p.inside().login(number()))
		}
		for _, d := range all {
			p.press(d.checkout(), "pay")
		}
		broken.Store(s.customer(first))
		time.Sleep(5*time.Minute + 30*time.Second)
		for _, d := range all[1:] {
			d.tier("Pro", "active")
		}
		first.tier("Basic", "none")
		broken.Store("")
		time.Sleep(5*time.Minute + 30*time.Second)
		first.tier("Pro", "active")
		if log := p.log.String(); strings.Count(log, "subscriptions not looked at") == 0 || strings.Contains(log, s.customer(first)) {
			t.Errorf("logged: %s", log)
		}
	})
}

// A company that is away is asked again when it is back.
func TestReconcilingAfterAnOutage(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, p, d := cashier(t, long...)
		page := d.checkout()
		s.mute()
		p.press(page, "pay")
		s.Outage(true)
		time.Sleep(3 * time.Hour)
		d.tier("Basic", "none")
		s.Outage(false)
		time.Sleep(5*time.Minute + 10*time.Second)
		d.tier("Pro", "active")
	})
}

// Several programs on one store share the work, and none asks what another just did.
func TestReconcilingByManyProcesses(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store, limiter, s := memory.New(), memory.NewLimiter(), &till{}
		process := func(options ...boot.Option) (*program, device) {
			return indoors(t, config(t, long...), append(options, boot.Keep(store), boot.Keep(limiter), boot.Wrap(func(p ports.Payments) ports.Payments { return counted{p, s} }))...)
		}
		p, d := process(sells(&s.Company))
		p.buys(d)
		for range 3 {
			process(boot.Keep(s.Company))
		}
		before := s.fetched()
		time.Sleep(30 * time.Hour)
		d.tier("Pro", "active")
		if n := s.fetched() - before; n < 29 || n > 31 {
			t.Errorf("in 30 hours the company was asked %d times", n)
		}
	})
}
