package flow

import (
	"net/http"
	"testing"
	"testing/synctest"

	"github.com/kuvaka-tech/parley/adapters/stripe/stripetest"
	"github.com/kuvaka-tech/parley/tests/client"
)

// An app syncs when the user returns from a page of Stripe. The webhook that arrives
// later changes nothing.
func TestSyncShowsStripeChangesBeforeTheirWebhooks(t *testing.T) {
	s := startWithStripe(t, stripetest.V2025)
	d := s.p.tcpDevice().Login(client.Number())
	d.checkSync("Basic", "none")
	page := d.checkoutPage()
	d.checkSync("Basic", "none")
	s.must(s.Pay(page))
	d.checkTier("Basic", "none")
	d.checkSync("Pro", "active")
	before := s.checkSynced(d)
	s.deliverWebhooks()
	if after := s.checkSynced(d); after.Differs(before) {
		t.Errorf("subscription after the webhooks = %+v, want %+v as after the sync", after, before)
	}
	s.must(s.CancelInPortal(s.customerOf(d)))
	d.checkSync("Pro", "active")
	s.checkSynced(d)
	s.must(s.CancelNow(s.customerOf(d)))
	d.checkSync("Basic", "canceled")
	s.dropWebhooks()
	s.checkSynced(d)
}

// The webhook is not accepted while the subscription cannot be fetched, so Stripe retries it.
func TestAStripeWebhookDuringAnOutageIsAppliedByARetry(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, d := startWithStripeInProcess(t)
		s.must(s.Pay(d.checkoutPage()))
		s.InjectFault(stripetest.Fault{Status: http.StatusServiceUnavailable})
		all := s.TakeWebhooks()
		w := all[len(all)-1]
		checkError(t, s.postWebhook(w.Payload, w.Signature), 503, "payments_unavailable")
		d.checkSubscribeFails(503, "payments_unavailable", "sync", "pro")
		d.checkTier("Basic", "none")
		s.ClearFaults()
		s.postSigned(w.Payload)
		d.checkTier("Pro", "active")
	})
}
