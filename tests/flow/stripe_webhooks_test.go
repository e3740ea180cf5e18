package flow

import (
	"bytes"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/kuvaka-tech/parley/adapters/stripe/stripetest"
	"github.com/kuvaka-tech/parley/cmd/parley/boot"
	"github.com/kuvaka-tech/parley/tests/client"
)

// stripeForgeries returns invalid signature headers for a payload, by name.
func stripeForgeries(payload []byte, now time.Time) map[string]string {
	sign := func(secret string, offset time.Duration) string {
		return stripetest.Sign(secret, payload, now.Add(offset))
	}
	valid := sign(stripeSecret, 0)
	timestamp, mac, _ := strings.Cut(valid, ",")
	_, oldMAC, _ := strings.Cut(sign(stripeSecret, -time.Hour), ",")
	return map[string]string{
		"none":                      "",
		"junk":                      "canary",
		"no timestamp":              mac,
		"no MAC":                    timestamp,
		"empty MAC":                 timestamp + ",v1=",
		"empty secret":              sign("", 0),
		"API key as secret":         sign(stripeKey, 0),
		"prefix of every secret":    sign("whsec_", 0),
		"truncated secret":          sign(stripeSecret[:9], 0),
		"too old":                   sign(stripeSecret, -310*time.Second),
		"a day old":                 sign(stripeSecret, -24*time.Hour),
		"in the future":             sign(stripeSecret, 310*time.Second),
		"a day in the future":       sign(stripeSecret, 24*time.Hour),
		"old MAC, new timestamp":    timestamp + "," + oldMAC,
		"two timestamps":            valid + "," + timestamp,
		"other scheme":              strings.Replace(valid, "v1=", "v0=", 1),
		"truncated":                 valid[:len(valid)-2],
		"signature of more payload": stripetest.Sign(stripeSecret, append(payload, ' '), now),
	}
}

// The user has paid, so a single fetch would show Pro. A forged copy of an event does not
// make the program ignore the event itself.
func TestForgedStripeWebhooksAreRefused(t *testing.T) {
	s := startWithStripe(t, stripetest.V2025)
	d := s.p.tcpDevice().Login(client.Number())
	s.must(s.Pay(d.checkoutPage()))
	fetched, all := s.fetchCount(), s.TakeWebhooks()
	for _, w := range all {
		for name, signature := range stripeForgeries(w.Payload, s.clock.Now()) {
			checkForgeryRefused(t, name, s.postWebhook(w.Payload, signature))
		}
		for _, tampered := range [][]byte{
			bytes.Replace(w.Payload, []byte("cus_"), []byte("cus-"), 1),
			append(bytes.Clone(w.Payload), '\n'),
			w.Payload[1:],
			[]byte("{}"),
		} {
			checkError(t, s.postWebhook(tampered, w.Signature), 400, "invalid_signature")
		}
	}
	d.checkTier("Basic", "none")
	checkFetches(t, "forged webhooks", s.fetchCount()-fetched, 0)
	for i, w := range all { // the clocks of Stripe and of the program may differ
		offset := []time.Duration{-290 * time.Second, 290 * time.Second}[i%2]
		signature := s.Sign(w.Payload, s.clock.Now().Add(offset))
		checkReceived(t, s.postWebhook(w.Payload, signature))
	}
	d.checkTier("Pro", "active")
	s.p.checkNoErrorLogs()
}

// The size is limited with and without a Content-Length header. Signatures of larger
// bodies are not checked.
func TestStripeWebhooksMayHaveOneMiB(t *testing.T) {
	s := startWithStripe(t, stripetest.V2025)
	d := s.p.tcpDevice().Login(client.Number())
	s.must(s.Pay(d.checkoutPage()))
	all := s.TakeWebhooks()
	fetched, w := s.fetchCount(), all[len(all)-1] // the event "invoice.paid"
	padded := func(size int) []byte {
		return append(bytes.Clone(w.Payload), bytes.Repeat([]byte(" "), size-len(w.Payload))...)
	}
	for _, size := range []int{mib + 1, 3 * mib} {
		for _, signature := range []string{s.Sign(padded(size), s.clock.Now()), "junk"} {
			checkError(t, s.postWebhook(padded(size), signature), 413, "body_too_large")
			s.checkStreamed(padded(size), signature, http.StatusRequestEntityTooLarge)
		}
	}
	d.checkTier("Basic", "none")
	checkFetches(t, "webhooks that are too large", s.fetchCount()-fetched, 0)
	s.checkStreamed(padded(mib), s.Sign(padded(mib), s.clock.Now()), http.StatusOK)
	s.postSigned(padded(mib))
	d.checkTier("Pro", "active")
}

// checkStreamed posts a webhook without a Content-Length header and checks the status of the response.
func (s *stripeAccount) checkStreamed(payload []byte, signature string, want int) {
	s.t.Helper()
	body := io.MultiReader(bytes.NewReader(payload)) // hides the length
	r, err := http.NewRequestWithContext(s.t.Context(), "POST", s.p.URL()+"/webhook/stripe", body)
	if err != nil {
		s.t.Fatalf("create the request: %v", err)
	}
	r.Header.Set("Stripe-Signature", signature)
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		s.t.Fatalf("post a webhook of %d bytes: %v", len(payload), err)
	}
	defer res.Body.Close()
	if res.StatusCode != want {
		s.t.Errorf("status after %d bytes without Content-Length = %d, want %d", len(payload), res.StatusCode, want)
	}
}

// With an empty secret, anyone could sign webhooks.
func TestTheProgramDoesNotStartWithoutAWebhookSecret(t *testing.T) {
	c := config(t, stripeConfig("http://stripe.invalid")...)
	c.Stripe.WebhookSecret = ""
	if _, err := boot.New(c); err == nil || !strings.Contains(err.Error(), "webhook secret") {
		t.Errorf("error without a webhook secret = %v, want one that names the webhook secret", err)
	}
}
