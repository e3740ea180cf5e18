package flow

import (
	"net/http"
	"testing"
	"time"

	"github.com/kuvaka-tech/parley/adapters/stripe/stripetest"
	"github.com/kuvaka-tech/parley/tests/client"
)

// The purchase creates a second customer. Late webhooks about the first one change nothing.
func TestAUserDeletedAtStripeLosesProAndCanBuyItAgain(t *testing.T) {
	s := startWithStripe(t, stripetest.V2025)
	d := s.p.tcpDevice().Login(client.Number())
	room := d.NewRoom("r")
	s.upgrade(d)
	d.sendHello(room, 6)
	deleted := s.customerOf(d)
	s.must(s.CancelInPortal(deleted))
	late := s.TakeWebhooks()
	s.Delete(deleted)
	s.deliverWebhooks()
	d.checkTier("Basic", "canceled")
	d.checkQuotaExhausted(room)
	d.checkSubscribeFails(409, "not_subscribed", "cancel", "resume", "portal")
	d.Want(http.StatusOK, "POST", "/subscribe/sync", nil)
	d.checkTier("Basic", "canceled")

	s.clock.set(s.clock.Now().Add(time.Minute))
	s.upgrade(d)
	if s.customerOf(d) == deleted {
		t.Error("the customer id did not change, want a new customer after the deletion")
	}
	for _, w := range late {
		s.postSigned(w.Payload)
	}
	s.postSigned(webhookPayload("evt_late", deleted))
	d.checkTier("Pro", "active")
	s.checkSynced(d)
	d.sendHello(room, 6)
	s.p.checkNoErrorLogs()
}

// The second subscription was added in the dashboard of Stripe.
func TestTheEndOfASecondSubscriptionKeepsPro(t *testing.T) {
	s := startWithStripe(t, stripetest.V2025)
	d := s.p.tcpDevice().Login(client.Number())
	s.upgrade(d)
	second := s.Subscribe(s.customerOf(d))
	s.deliverWebhooks()
	s.must(s.Unsubscribe(second))
	s.deliverWebhooks()
	d.checkTier("Pro", "active")
	if got := s.checkSynced(d); got.ID == second {
		t.Errorf("subscription = %+v, want the first one, which has not ended", got)
	}
	s.p.checkNoErrorLogs()
}
