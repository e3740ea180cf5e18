package flow

import (
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/kuvaka-tech/parley/adapters/pretend"
	"github.com/kuvaka-tech/parley/tests/client"
)

// Events of other types and about unknown customers are accepted, so that the provider
// does not retry them.
func TestWebhooksWithoutAnEffectAreAccepted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, p, d := startWithPaymentsSpy(t)
		for _, payload := range []string{
			string(webhookPayload("evt_1", "cus_unknown")),
			string(webhookPayload("evt_2", s.customerOf(d))), // known to the provider only
			`{"id":"evt_3","type":"customer.created","data":{"object":{"object":"customer","id":"cus_unknown"}}}`,
			`{"id":"evt_4","type":"charge.dispute.created"}`,
			`{"id":"evt_5"}`,
			`{"id":"evt_6","type":7,"data":[{}]}`,
		} {
			for range 2 {
				checkReceived(t, p.postWebhook([]byte(payload), s.Sign([]byte(payload), time.Now())))
			}
		}
		d.checkTier("Basic", "none")
		p.checkNoErrorLogs()
	})
}

// changeSubscription buys Pro and makes a change each second. In the end the
// subscription is canceled.
func (p *program) changeSubscription(d device) {
	p.t.Helper()
	p.press(d.checkoutPage(), "pay")
	portal := d.syncedPortalPage()
	for _, button := range []string{"cancel", "resume", "fail", "end", "recover", "cancel", "end"} {
		time.Sleep(time.Second)
		p.press(portal, button)
	}
	time.Sleep(time.Second)
}

func TestWebhooksArriveTwiceAndInReverseOrder(t *testing.T) {
	for _, faults := range []pretend.DeliveryFaults{
		{},
		{Twice: true},
		{Reversed: true},
		{Twice: true, Reversed: true},
	} {
		synctest.Test(t, func(t *testing.T) {
			t.Logf("delivery faults: %+v", faults)
			s, p, d := startWithPaymentsSpy(t)
			s.SetDeliveryFaults(faults)
			p.changeSubscription(d)
			d.checkTier("Basic", "canceled")
			p.press(d.checkoutPage(), "pay")
			synctest.Wait()
			d.checkTier("Pro", "active")
			p.checkNoErrorLogs()
		})
	}
}

// All webhooks of two subscriptions are held back and then sent three times each, in
// random order. In the end the program must have the state of the provider.
func TestLateWebhooksInRandomOrder(t *testing.T) {
	random := newLoggedRandom(t)
	for range 20 {
		synctest.Test(t, func(t *testing.T) {
			s, p, d := startWithPaymentsSpy(t)
			s.holdWebhooks()
			p.changeSubscription(d)
			page := d.checkoutPage() // the second subscription starts after the end of the first one
			p.press(page, "pay")
			time.Sleep(time.Minute) // the provider retries for 31 seconds
			payloads := s.releaseWebhooks()
			if len(payloads) < 12 {
				t.Fatalf("%d events of two subscriptions, want at least 12", len(payloads))
			}
			fetched := s.fetchCount()
			repeated := slices.Repeat(payloads, 3)
			random.Shuffle(len(repeated), func(i, j int) { repeated[i], repeated[j] = repeated[j], repeated[i] })
			for _, payload := range repeated {
				checkReceived(t, p.postWebhook(payload, s.Sign(payload, time.Now())))
			}
			checkFetches(t, "sending each event three times", s.fetchCount()-fetched, len(payloads))
			want, err := s.Fetch(t.Context(), s.customerOf(d))
			if err != nil {
				t.Errorf("fetch the subscription from the provider: %v", err)
			}
			checkPeriodEnd(t, d.checkTier("Pro", "active"), want.PeriodEnd)
		})
	}
}

func TestAWebhookIsAppliedByARetryAfterItsSyncFailed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, p, d := startWithPaymentsSpy(t)
		page, payload := d.checkoutPage(), webhookPayload("evt_1", s.customerOf(d))
		s.SetOutage(true)
		p.press(page, "pay")
		synctest.Wait()
		d.checkTier("Basic", "none")
		checkError(t, p.postWebhook(payload, s.Sign(payload, time.Now())), 503, "payments_unavailable")
		d.checkTier("Basic", "none")
		s.dropWebhooks()
		s.SetOutage(false)
		checkReceived(t, p.postWebhook(payload, s.Sign(payload, time.Now())))
		d.checkTier("Pro", "active")
		fetched := s.fetchCount()
		checkReceived(t, p.postWebhook(payload, s.Sign(payload, time.Now())))
		checkFetches(t, "a third delivery of the event", s.fetchCount()-fetched, 0)
	})
}

func TestThePretendPaymentsRetryTheirWebhooks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, p, d := startWithPaymentsSpy(t)
		page := d.checkoutPage()
		s.SetOutage(true)
		p.press(page, "pay")
		time.Sleep(10 * time.Second)
		d.checkTier("Basic", "none")
		s.SetOutage(false)
		time.Sleep(10 * time.Second)
		d.checkTier("Pro", "active")
	})
}

// During an outage of the provider, only the requests that call it fail. Pro users stay Pro.
func TestAnOutageOfThePaymentsProvider(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, p, d := startWithPaymentsSpy(t)
		p.upgrade(d)
		other := p.newDevice().Login(client.Number())
		before := d.checkTier("Pro", "active")
		s.SetOutage(true)
		time.Sleep(time.Second)
		other.checkSubscribeFails(503, "payments_unavailable", "pro")
		d.checkSubscribeFails(503, "payments_unavailable", "pro", "cancel", "resume", "portal")
		if during := d.checkTier("Pro", "active"); string(during.Body) != string(before.Body) {
			t.Errorf("status during the outage = %s, want %s as before", during.Body, before.Body)
		}
		other.checkTier("Basic", "none")
		d.checkAnswer(d.Send(d.NewRoom("r"), "hello"), "You said: hello")
		s.SetOutage(false)
		other.checkoutPage()
		d.portalPage()
	})
}
