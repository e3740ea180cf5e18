package flow

import (
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/kuvaka-tech/parley/adapters/stripe/stripetest"
	"github.com/kuvaka-tech/parley/tests/client"
)

// A user signs up, buys Pro, pays late, cancels, and buys Pro again. Each webhook is
// delivered, in both versions of the Stripe API.
func TestAStripeSubscriptionFromPurchaseToEnd(t *testing.T) {
	for _, version := range []string{stripetest.V2023, stripetest.V2025} {
		t.Run(version, func(t *testing.T) {
			s := startWithStripe(t, version)
			n := client.Number()
			d := s.p.tcpDevice()
			d.Want(http.StatusCreated, "POST", "/auth/signup", object{"mobile_number": n, "name": "Ada"})
			d = d.Login(n)
			room := d.NewRoom("r")
			s.testPurchase(d, room)
			s.testFailedRenewal(d, room)
			s.testCancelAndResume(d)
			s.testPeriodEnd(d, room)
			s.p.checkNoErrorLogs()
		})
	}
}

// testPurchase buys Pro after the last free message of the day.
func (s *stripeAccount) testPurchase(d device, room string) {
	s.t.Helper()
	d.sendHello(room, 5)
	d.checkQuotaExhausted(room)
	firstPage, page := d.checkoutPage(), d.checkoutPage()
	if !strings.HasPrefix(page, "https://checkout.stripe.com/c/pay/cs_test_") {
		s.t.Fatalf("checkout page = %s, want a page of Stripe in test mode", page)
	}
	if s.Pay(firstPage) == nil {
		s.t.Error("the first checkout page can still be paid, want only the second one payable")
	}
	s.must(s.Pay(page))
	d.checkTier("Basic", "none")
	d.checkQuotaExhausted(room)
	delivered := s.deliverWebhooks()
	for _, eventType := range []string{"checkout.session.completed", "customer.subscription.created", "invoice.paid"} {
		if !slices.Contains(delivered, eventType) {
			s.t.Errorf("webhooks after the purchase = %v, want one of type %s", delivered, eventType)
		}
	}
	s.checkSynced(d)
	d.checkTier("Pro", "active")
	d.sendHello(room, 5)
	d.checkMessageCount(10)
	d.checkSubscribeFails(409, "already_pro", "pro")
}

// testFailedRenewal lets the payment of the next month fail. The user keeps Pro for the
// grace period only, and gets it again with a late payment.
func (s *stripeAccount) testFailedRenewal(d device, room string) {
	s.t.Helper()
	end := s.checkSynced(d).PeriodEnd
	s.must(s.FailRenewals(s.customerOf(d)))
	s.clock.set(end.Add(time.Hour))
	s.deliverWebhooks()
	d.checkTier("Pro", "past_due")
	d.sendHello(room, 6)
	d.checkSubscribeFails(409, "already_pro", "pro")
	s.clock.set(end.Add(72*time.Hour - time.Minute))
	d.checkTier("Pro", "past_due")
	s.clock.set(end.Add(72 * time.Hour))
	d.checkTier("Basic", "past_due")
	d.sendHello(room, 5)
	d.checkQuotaExhausted(room)
	s.must(s.ReplaceCard(s.customerOf(d)))
	s.deliverWebhooks()
	d.sendHello(room, 1)
	d.checkTier("Pro", "active")
	if got := s.checkSynced(d); !got.PeriodStart.Equal(end) {
		s.t.Errorf("start of the period that was paid late = %v, want %v", got.PeriodStart, end)
	}
}

// testCancelAndResume cancels and resumes through the API and in the portal. In the end
// the subscription is cancelled.
func (s *stripeAccount) testCancelAndResume(d device) {
	s.t.Helper()
	checkCancels := func(want bool) {
		s.t.Helper()
		s.deliverWebhooks()
		if got := s.checkSynced(d); got.CancelAtPeriodEnd != want {
			s.t.Errorf("CancelAtPeriodEnd = %v, want %v: %+v", got.CancelAtPeriodEnd, want, got)
		}
	}
	d.Want(http.StatusOK, "POST", "/subscribe/cancel", nil)
	checkCancels(true)
	d.Want(http.StatusOK, "POST", "/subscribe/resume", nil)
	checkCancels(false)
	if page := d.portalPage(); !strings.HasPrefix(page, "https://billing.stripe.com/") {
		s.t.Errorf("portal page = %s, want a page of Stripe", page)
	}
	s.must(s.CancelInPortal(s.customerOf(d)))
	checkCancels(true)
	d.Want(http.StatusOK, "POST", "/subscribe/resume", nil)
	checkCancels(false)
	d.Want(http.StatusOK, "POST", "/subscribe/cancel", nil)
	checkCancels(true)
}

// testPeriodEnd checks that a cancelled subscription keeps Pro until the end of its
// period. Then the user buys Pro again.
func (s *stripeAccount) testPeriodEnd(d device, room string) {
	s.t.Helper()
	end := s.checkSynced(d).PeriodEnd
	s.clock.set(end.Add(-time.Minute))
	d.checkTier("Pro", "active")
	d.sendHello(room, 6)
	s.clock.set(end)
	// The status depends on whether the reconciler has run already.
	checkFields(s.t, d.Want(http.StatusOK, "GET", "/subscribe/status", nil), map[string]string{"tier": "Basic"})
	s.deliverWebhooks()
	d.checkTier("Basic", "canceled")
	s.checkSynced(d)
	s.clock.set(end.Add(24 * time.Hour))
	d.sendHello(room, 5)
	d.checkQuotaExhausted(room)
	d.checkSubscribeFails(409, "not_subscribed", "cancel", "resume")
	s.upgrade(d)
	s.checkSynced(d)
}
