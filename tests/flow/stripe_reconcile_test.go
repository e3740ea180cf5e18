package flow

import (
	"net/http"
	"strconv"
	"testing"
	"testing/synctest"
	"time"

	"github.com/kuvaka-tech/parley/adapters/stripe/stripetest"
	"github.com/kuvaka-tech/parley/cmd/parley/boot"
	"github.com/kuvaka-tech/parley/ports"
	"github.com/kuvaka-tech/parley/tests/client"
)

// Without webhooks, a purchase is found within minutes, and any later change within an hour.
func TestStripeChangesAreFoundWithoutWebhooks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, d := startWithStripeInProcess(t, "PAST_DUE_GRACE", "30m")
		room, page := d.NewRoom("r"), d.checkoutPage()
		s.must(s.Pay(page))
		s.dropWebhooks()
		d.checkTier("Basic", "none")
		time.Sleep(firstRecheck)
		d.checkTier("Pro", "active")
		d.sendHello(room, 6)
		buyAgain := func(string) error { return s.Pay(d.checkoutPage()) }
		failRenewal := func(customer string) error {
			s.must(s.FailRenewals(customer))
			return s.EndPeriod(customer)
		}
		for _, c := range []struct {
			name              string
			change            func(customer string) error
			tier, status      string
			cancelAtPeriodEnd bool
		}{
			{name: "cancel", change: s.CancelInPortal, tier: "Pro", status: "active", cancelAtPeriodEnd: true},
			{name: "end of the period", change: s.EndPeriod, tier: "Basic", status: "canceled"},
			{name: "second purchase", change: buyAgain, tier: "Pro", status: "active"},
			{name: "failed renewal", change: failRenewal, tier: "Basic", status: "past_due"},
			{name: "late payment", change: s.ReplaceCard, tier: "Pro", status: "active"},
			{name: "immediate end", change: s.CancelNow, tier: "Basic", status: "canceled"},
		} {
			s.must(c.change(s.customerOf(d)))
			s.dropWebhooks()
			s.clock.passHours(1)
			time.Sleep(11 * time.Second)
			t.Log("an hour after the", c.name)
			d.checkSubscription(c.tier, c.status, strconv.FormatBool(c.cancelAtPeriodEnd))
		}
		s.p.checkRepairsLogged()
		s.clock.passHours(24)
		s.checkSynced(d)
		if n := s.fetchCount(); n > 50 {
			t.Errorf("%d fetches in about 30 hours, want at most 50", n)
		}
		s.p.checkNoErrorLogs()
	})
}

// testReconcileAtStart loses all webhooks. A program that starts later finds the changes
// of the rechecks that are due.
func testReconcileAtStart(t *testing.T) {
	s := startWithStripe(t, stripetest.V2025)
	d := s.p.tcpDevice().Login(client.Number())
	startAnother := func(after time.Duration, tier, status string) {
		t.Helper()
		s.dropWebhooks()
		s.clock.set(s.clock.Now().Add(after))
		start(t, config(t, stripeConfig(s.apiURL)...), boot.Use[ports.Clock](s.clock))
		d.waitForStatus(status)
		d.checkTier(tier, status)
		s.checkSynced(d)
	}
	s.must(s.Pay(d.checkoutPage()))
	startAnother(6*time.Minute, "Pro", "active")
	s.must(s.FailRenewals(s.customerOf(d)))
	s.must(s.EndPeriod(s.customerOf(d)))
	startAnother(61*time.Minute, "Pro", "past_due")
	s.must(s.CancelNow(s.customerOf(d)))
	startAnother(61*time.Minute, "Basic", "canceled")
}

// waitForStatus waits until the subscription has a status, at most 15 seconds.
func (d device) waitForStatus(want string) {
	d.Helper()
	deadline := time.Now().Add(15 * time.Second)
	for d.Want(http.StatusOK, "GET", "/subscribe/status", nil).Field("status") != want {
		if time.Now().After(deadline) {
			d.Fatalf("the status of the subscription is not %q after 15 seconds", want)
		}
		time.Sleep(10 * time.Millisecond)
	}
}
