package flow

import (
	"context"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/kuvaka-tech/parley/adapters/memory"
	"github.com/kuvaka-tech/parley/cmd/parley/boot"
	"github.com/kuvaka-tech/parley/core/subscription"
	"github.com/kuvaka-tech/parley/ports"
	"github.com/kuvaka-tech/parley/tests/client"
)

// firstRecheck is longer than the time from opening a checkout page to the first recheck.
const firstRecheck = 5*time.Minute + 10*time.Second

// checkRepairsLogged checks that the log warns of a subscription that was repaired.
func (p *program) checkRepairsLogged() {
	p.t.Helper()
	p.checkLogged("level=WARN", `msg="subscriptions repaired after missed webhooks"`, "repaired=1")
}

// Without webhooks, a purchase is found within minutes, and any later change within an hour.
func TestChangesAreFoundWithoutWebhooks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, p, d := startWithPaymentsSpyAndClock(t, "PAST_DUE_GRACE", "30m")
		s.dropWebhooks()
		p.press(d.checkoutPage(), "pay")
		d.checkTier("Basic", "none")
		time.Sleep(firstRecheck)
		d.checkTier("Pro", "active")
		page := d.portalPage()
		for _, c := range []struct{ button, tier, status, cancelAtPeriodEnd string }{
			{button: "cancel", tier: "Pro", status: "active", cancelAtPeriodEnd: "true"},
			{button: "resume", tier: "Pro", status: "active", cancelAtPeriodEnd: "false"},
			{button: "fail", tier: "Pro", status: "active", cancelAtPeriodEnd: "false"},
			{button: "end", tier: "Basic", status: "past_due", cancelAtPeriodEnd: "false"},
			{button: "recover", tier: "Pro", status: "active", cancelAtPeriodEnd: "false"},
			{button: "stop", tier: "Basic", status: "canceled", cancelAtPeriodEnd: "false"},
		} {
			p.press(page, c.button)
			s.clock.passHours(1)
			time.Sleep(11 * time.Second)
			t.Log("an hour after pressing", c.button)
			d.checkSubscription(c.tier, c.status, c.cancelAtPeriodEnd)
		}
		p.checkRepairsLogged()
		fetched := s.fetchCount()
		s.clock.passHours(10 * 24)
		if n := s.fetchCount() - fetched; n == 0 || n > 11 {
			t.Errorf("%d fetches in 10 days after the end of the subscription, want 1 to 11", n)
		}
		p.checkNoErrorLogs()
	})
}

// A live subscription is fetched every hour. A user who has only opened a checkout page
// is rechecked a few times.
func TestReconcilingFindsRenewalsForMonths(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, p, d := startWithPaymentsSpyAndClock(t)
		p.upgrade(d)
		s.dropWebhooks()
		p.newDevice().Login(client.Number()).checkoutPage()
		const hours = 95 * 24
		s.clock.passHours(hours)
		checkPeriodEnd(t, d.checkTier("Pro", "active"), midnight(121)) // 1 May 2000
		if n := s.fetchCount(); n < hours/2 || n > hours+30 {
			t.Errorf("%d fetches in %d hours, want about one an hour", n, hours)
		}
		p.checkNoErrorLogs()
	})
}

// failingFetch is ports.Payments that cannot fetch the subscription of one customer.
type failingFetch struct {
	ports.Payments
	customer *atomic.Value // string, "" for none
}

// Fetch implements ports.Payments.
func (p failingFetch) Fetch(ctx context.Context, customer string) (subscription.Snapshot, error) {
	if customer == p.customer.Load() {
		return subscription.Snapshot{}, errStoreDown
	}
	return p.Payments.Fetch(ctx, customer)
}

// The failing recheck is retried until it succeeds. The log does not name the customer.
func TestOneFailingRecheckDoesNotDelayOthers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &paymentsSpy{}
		var failing atomic.Value
		failing.Store("")
		p, first := startLoggedIn(t, config(t, longTokens...), capturePayments(&s.Payments),
			boot.Wrap(func(p ports.Payments) ports.Payments { return failingFetch{p, &failing} }))
		s.dropWebhooks()
		all := []device{first}
		for range 11 {
			all = append(all, p.newDevice().Login(client.Number()))
		}
		for _, d := range all {
			p.press(d.checkoutPage(), "pay")
		}
		failing.Store(s.customerOf(first))
		time.Sleep(5*time.Minute + 30*time.Second)
		for _, d := range all[1:] {
			d.checkTier("Pro", "active")
		}
		first.checkTier("Basic", "none")
		failing.Store("")
		time.Sleep(5*time.Minute + 30*time.Second)
		first.checkTier("Pro", "active")
		if !strings.Contains(p.Log.String(), "reconciling subscriptions failed") {
			t.Errorf("the log does not contain the failed recheck:\n%s", p.Log)
		}
		p.checkLogCount(s.customerOf(first), 0)
	})
}

func TestReconcilingAfterAnOutage(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, p, d := startWithPaymentsSpy(t, longTokens...)
		page := d.checkoutPage()
		s.dropWebhooks()
		p.press(page, "pay")
		s.SetOutage(true)
		time.Sleep(3 * time.Hour)
		d.checkTier("Basic", "none")
		s.SetOutage(false)
		time.Sleep(firstRecheck)
		d.checkTier("Pro", "active")
	})
}

// Four programs on one store together fetch a subscription once an hour.
func TestManyProgramsShareReconciling(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store, limiter, s := memory.New(), memory.NewLimiter(), &paymentsSpy{}
		startProgram := func(payments boot.Option) (*program, device) {
			return startLoggedIn(t, config(t, longTokens...),
				payments, boot.Use(store), boot.Use(limiter), s.countFetches())
		}
		p, d := startProgram(capturePayments(&s.Payments))
		p.upgrade(d)
		for range 3 {
			startProgram(boot.Use(s.Payments))
		}
		fetched := s.fetchCount()
		time.Sleep(30 * time.Hour)
		d.checkTier("Pro", "active")
		if n := s.fetchCount() - fetched; n < 29 || n > 31 {
			t.Errorf("%d fetches in 30 hours, want about 30", n)
		}
	})
}
