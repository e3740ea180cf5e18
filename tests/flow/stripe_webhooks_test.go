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
)

// forgeries of a payload are headers that Stripe did not write, or not at about now.
func forgeries(payload []byte, now time.Time) map[string]string {
	signed := func(secret string, off time.Duration) string { return stripetest.Sign(secret, payload, now.Add(off)) }
	good := signed(stripeSecret, 0)
	stamp, mac, _ := strings.Cut(good, ",")
	return map[string]string{
		"none": "", "junk": "canary", "no time": mac, "no signature": stamp, "an empty signature": stamp + ",v1=",
		"an empty secret": signed("", 0), "the API's key": signed(stripeKey, 0), "a guess": signed("whsec_", 0), "half the secret": signed(stripeSecret[:9], 0),
		"old": signed(stripeSecret, -310*time.Second), "a day old": signed(stripeSecret, -24*time.Hour),
		"early": signed(stripeSecret, 310*time.Second), "a day early": signed(stripeSecret, 24*time.Hour),
		"an old one, said to be new": stamp + "," + strings.SplitAfter(signed(stripeSecret, -time.Hour), ",")[1],
		"two times":                  good + "," + stamp, "another scheme": strings.Replace(good, "v1=", "v0=", 1), "cut short": good[:len(good)-2],
		"another payload": stripetest.Sign(stripeSecret, append(payload, ' '), now),
	}
}

// What Stripe did not sign, within 5 minutes of now, changes nothing and has nobody asked.
func TestForgedStripeWebhooks(t *testing.T) {
	s := stripes(t, stripetest.V2025)
	d := s.p.device().login(number())
	s.must(s.Pay(d.checkout())) // one look at Stripe would make the user Pro
	asked, genuine := s.asked(), s.Take()
	for _, w := range genuine {
		for name, signature := range forgeries(w.Payload, s.clock.Now()) {
			a := s.post(w.Payload, signature)
			refused(t, a, 400, "invalid_signature")
			if strings.Contains(string(a.Body), "canary") {
				t.Errorf("%s: %s", name, a.Body)
			}
		}
		tampered := bytes.Replace(w.Payload, []byte("cus_"), []byte("cus-"), 1)
		for _, payload := range [][]byte{tampered, append(bytes.Clone(w.Payload), '\n'), w.Payload[1:], []byte("{}")} {
			refused(t, s.post(payload, w.Signature), 400, "invalid_signature")
		}
	}
	d.tier("Basic", "none")
	if s.asked() != asked {
		t.Errorf("Stripe was asked %d times", s.asked()-asked)
	}
	for i, w := range genuine { // forgeries have not used up their names, and clocks may differ
		at := s.clock.Now().Add([]time.Duration{-290 * time.Second, 290 * time.Second}[i%2])
		received(t, s.post(w.Payload, s.Sign(w.Payload, at)))
	}
	d.tier("Pro", "active")
	s.p.calm()
}

// A webhook may have 1 MiB, whether or not it says so before; what is longer is refused unread.
func TestStripeWebhooksOfAnySize(t *testing.T) {
	s := stripes(t, stripetest.V2025)
	d := s.p.device().login(number())
	s.must(s.Pay(d.checkout()))
	all := s.Take()
	asked, w := s.asked(), all[len(all)-1] // that the invoice is paid
	padded := func(size int) []byte {
		return append(bytes.Clone(w.Payload), bytes.Repeat([]byte(" "), size-len(w.Payload))...)
	}
	for _, size := range []int{mib + 1, 3 * mib} {
		for _, signature := range []string{s.Sign(padded(size), s.clock.Now()), "junk"} {
			refused(t, s.post(padded(size), signature), 413, "body_too_large")
			if status := s.streamed(padded(size), signature); status != http.StatusRequestEntityTooLarge {
				t.Errorf("%d bytes of a length not said before: %d", size, status)
			}
		}
	}
	d.tier("Basic", "none")
	if s.asked() != asked {
		t.Errorf("Stripe was asked %d times", s.asked()-asked)
	}
	if status := s.streamed(padded(mib), s.Sign(padded(mib), s.clock.Now())); status != http.StatusOK {
		t.Errorf("1 MiB: %d", status)
	}
	received(t, s.post(padded(mib), s.Sign(padded(mib), s.clock.Now())))
	d.tier("Pro", "active")
}

// streamed posts a body without its length.
func (s *account) streamed(payload []byte, signature string) (status int) {
	s.t.Helper()
	r, err := http.NewRequestWithContext(s.t.Context(), "POST", s.p.URL()+"/webhook/stripe", io.MultiReader(bytes.NewReader(payload)))
	s.must(err)
	r.Header.Set("Stripe-Signature", signature)
	res, err := http.DefaultClient.Do(r)
	s.must(err)
	defer res.Body.Close()
	return res.StatusCode
}

// A program with an empty secret, which would believe everybody, does not come to be.
func TestNoWebhookSecret(t *testing.T) {
	c := config(t, atStripe("http://stripe.invalid")...)
	c.Stripe.WebhookSecret = ""
	if _, err := boot.New(c); err == nil || !strings.Contains(err.Error(), "webhook secret") {
		t.Errorf("wired: %v", err)
	}
}
