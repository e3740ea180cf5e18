package flow

import (
	"bytes"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/kuvaka-tech/parley/adapters/stripe/stripetest"
	"github.com/kuvaka-tech/parley/tests/client"
)

// checkForgeryRefused checks that a webhook with an invalid signature is refused, and that
// the error does not repeat the signature.
func checkForgeryRefused(t *testing.T, forgery string, r client.Response) {
	t.Helper()
	if r.Field("code") != "invalid_signature" || strings.Contains(string(r.Body), "canary") {
		t.Errorf("forgery %q of a webhook: response %d %s, want invalid_signature", forgery, r.Status, r.Body)
	}
	checkError(t, r, 400, "invalid_signature")
}

// A single fetch would make the program show Pro.
func TestForgedWebhooksAreRefused(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, p, d := startWithLostPayment(t)
		fetched := s.fetchCount()
		payload, now := webhookPayload("evt_1", s.customerOf(d)), time.Now()
		valid := s.Sign(payload, now)
		timestamp, mac, _ := strings.Cut(valid, ",")
		for name, signature := range map[string]string{
			"none":            "",
			"junk":            "canary",
			"wrong secret":    stripetest.Sign("whsec_guess", payload, now),
			"empty secret":    stripetest.Sign("", payload, now),
			"no timestamp":    mac,
			"no MAC":          timestamp,
			"other scheme":    strings.Replace(valid, "v1=", "v0=", 1),
			"other timestamp": strings.Replace(valid, "t=9", "t=8", 1),
			"two timestamps":  valid + ",t=1",
			"truncated":       valid[:len(valid)-2],
			"too old":         s.Sign(payload, now.Add(-301*time.Second)),
			"in the future":   s.Sign(payload, now.Add(301*time.Second)),
			"other payload":   s.Sign(webhookPayload("evt_2", ""), now),
		} {
			checkForgeryRefused(t, name, p.postWebhook(payload, signature))
		}
		for _, tampered := range [][]byte{
			append(bytes.Clone(payload), ' '),
			bytes.Replace(payload, []byte("evt_1"), []byte("evt_3"), 1),
			[]byte("{}"),
		} {
			checkError(t, p.postWebhook(tampered, valid), 400, "invalid_signature")
		}
		noEvent := []byte(`{"object":"event"}`) // without an id
		checkError(t, p.postWebhook(noEvent, s.Sign(noEvent, now)), 400, "invalid_signature")
		d.checkTier("Basic", "none")
		checkFetches(t, "forged webhooks", s.fetchCount()-fetched, 0)
	})
}

// A webhook may have more than one signature, for example while the secret is rotated.
// One valid signature is enough.
func TestSignaturesAreValidForFiveMinutesBothWays(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, p, d := startWithLostPayment(t)
		payload, now := webhookPayload("evt_1", s.customerOf(d)), time.Now()
		checkReceived(t, p.postWebhook(payload, s.Sign(payload, now.Add(-300*time.Second))))
		d.checkTier("Pro", "active")
		time.Sleep(time.Second)
		p.press(d.portalPage(), "stop")
		payload, now = webhookPayload("evt_2", s.customerOf(d)), time.Now()
		checkReceived(t, p.postWebhook(payload, s.Sign(payload, now.Add(300*time.Second))))
		d.checkTier("Basic", "canceled")
		timestamp, mac, _ := strings.Cut(s.Sign(payload, now), ",")
		checkReceived(t, p.postWebhook(payload, timestamp+",v0=junk,v1=00,"+mac))
	})
}

func TestWebhooksMayHaveOneMiB(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, p, d := startWithPaymentsSpy(t)
		payload := webhookPayload("evt_1", s.customerOf(d))
		payload = append(payload, bytes.Repeat([]byte(" "), mib-len(payload))...)
		checkReceived(t, p.postWebhook(payload, s.Sign(payload, time.Now())))
		payload = append(payload, ' ')
		checkError(t, p.postWebhook(payload, s.Sign(payload, time.Now())), 413, "body_too_large")
		checkError(t, p.postWebhook(payload, ""), 413, "body_too_large")
	})
}

func TestWebhooksAreReceivedOnBothPaths(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, p, d := startWithLostPayment(t)
		payload := webhookPayload("evt_1", s.customerOf(d))
		post := func(signature string) client.Response {
			return p.newDevice().call("POST", "/webhook/stripe", payload, "Stripe-Signature", signature)
		}
		checkError(t, post("junk"), 400, "invalid_signature")
		checkReceived(t, post(s.Sign(payload, time.Now())))
		d.checkTier("Pro", "active")
		fetched := s.fetchCount()
		checkReceived(t, p.postWebhook(payload, s.Sign(payload, time.Now())))
		checkFetches(t, "the same event on the other path", s.fetchCount()-fetched, 0)
	})
}
