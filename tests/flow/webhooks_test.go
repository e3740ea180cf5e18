package flow

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"fmt"
	"math/rand/v2"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/kuvaka-tech/parley/adapters/pretend"
	"github.com/kuvaka-tech/parley/tests/client"
)

// Nothing that the company did not sign, within 5 minutes of now, tells of anything.
func TestForgedWebhooks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, p, d := cashier(t)
		page := d.checkout()
		s.SetDelivery(pretend.Delivery{None: true})
		p.press(page, "pay") // one look at the company would make the user Pro
		payload, now := event("evt_1", s.customer(d)), time.Now()
		good := s.Sign(payload, now)
		forged := func(secret string) string {
			mac := hmac.New(sha256.New, []byte(secret))
			fmt.Fprintf(mac, "%d.%s", now.Unix(), payload)
			return fmt.Sprintf("t=%d,v1=%x", now.Unix(), mac.Sum(nil))
		}
		signatures := map[string]string{
			"none": "", "a wrong secret": forged("whsec_guess"), "an empty secret": forged(""), "no time": good[strings.Index(good, "v1="):],
			"no mac": good[:strings.Index(good, ",")], "another scheme": strings.Replace(good, "v1=", "v0=", 1), "another time": strings.Replace(good, "t=9", "t=8", 1),
			"cut short": good[:len(good)-2], "old": s.Sign(payload, now.Add(-301*time.Second)), "early": s.Sign(payload, now.Add(301*time.Second)),
			"another payload": s.Sign(event("evt_2", ""), now), "junk": "canary", "two times": good + ",t=1",
		}
		for name, signature := range signatures {
			a := p.hook(payload, signature)
			refused(t, a, 400, "invalid_signature")
			if strings.Contains(string(a.Body), "canary") {
				t.Errorf("%s: %s", name, a.Body)
			}
		}
		for _, tampered := range [][]byte{append(bytes.Clone(payload), ' '), bytes.Replace(payload, []byte("evt_1"), []byte("evt_3"), 1), []byte("{}")} {
			refused(t, p.hook(tampered, good), 400, "invalid_signature")
		}
		refused(t, p.hook([]byte(`{"object":"event"}`), s.Sign([]byte(`{"object":"event"}`), now)), 400, "invalid_signature") // signed, and no event
		d.tier("Basic", "none")
		if s.fetched() != 1 { // by the checkout
			t.Errorf("the company was asked %d times", s.fetched())
		}
	})
}

// Signatures hold for 5 minutes both ways, and one good one among others is
// enough, as while a secret is changed.
func TestSignaturesThatHold(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, p, d := cashier(t)
		page := d.checkout()
		s.SetDelivery(pretend.Delivery{None: true})
		p.press(page, "pay")
		payload, now := event("evt_1", s.customer(d)), time.Now()
		received(t, p.hook(payload, s.Sign(payload, now.Add(-300*time.Second))))
		d.tier("Pro", "active")
		time.Sleep(time.Second)
		p.press(d.portal(), "stop")
		payload, now = event("evt_2", s.customer(d)), time.Now()
		received(t, p.hook(payload, s.Sign(payload, now.Add(300*time.Second))))
		d.tier("Basic", "canceled")
		when, mac, _ := strings.Cut(s.Sign(payload, now), ",")
		received(t, p.hook(payload, when+",v0=junk,v1=00,"+mac))
	})
}

func TestWebhooksOfAnySize(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, p, d := cashier(t)
		payload := event("evt_1", s.customer(d))
		payload = append(payload, bytes.Repeat([]byte(" "), 1<<20-len(payload))...)
		received(t, p.hook(payload, s.Sign(payload, time.Now())))
		payload = append(payload, ' ')
		refused(t, p.hook(payload, s.Sign(payload, time.Now())), 413, "body_too_large")
		refused(t, p.hook(payload, ""), 413, "body_too_large")
	})
}

func TestWebhooksThatMeanNothingHere(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, p, d := cashier(t)
		for _, payload := range []string{
			string(event("evt_1", "cus_unknown")), string(event("evt_2", s.customer(d))), // known there, unknown here
			`{"id":"evt_3","type":"customer.created","data":{"object":{"object":"customer","id":"cus_unknown"}}}`,
			`{"id":"evt_4","type":"charge.dispute.created"}`, `{"id":"evt_5"}`, `{"id":"evt_6","type":7,"data":[{}]}`,
		} {
			for range 2 {
				received(t, p.hook([]byte(payload), s.Sign([]byte(payload), time.Now())))
			}
		}
		d.tier("Basic", "none")
		p.calm()
	})
}

func TestBothPathsOfTheWebhook(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, p, d := cashier(t)
		page := d.checkout()
		s.SetDelivery(pretend.Delivery{None: true})
		p.press(page, "pay")
		payload := event("evt_1", s.customer(d))
		post := func(signature string) client.Answer {
			a, err := p.inside().Call("POST", "/webhook/stripe", payload, "Stripe-Signature", signature)
			if err != nil {
				t.Fatal(err)
			}
			return a
		}
		refused(t, post("junk"), 400, "invalid_signature")
		received(t, post(s.Sign(payload, time.Now())))
		d.tier("Pro", "active")
		fetched := s.fetched()
		received(t, p.hook(payload, s.Sign(payload, time.Now()))) // the same event on the other path
		if s.fetched() != fetched {
			t.Error("an event was applied twice")
		}
	})
}

// life leads a user through a subscription, a change a second.
func life(p *program, d device) {
	p.press(d.checkout(), "pay")
	customerOf := p.lookup(d)
	for _, button := range []string{"cancel", "resume", "fail", "end", "recover", "cancel", "end"} {
		time.Sleep(time.Second)
		p.press(customerOf, button)
	}
	time.Sleep(time.Second)
}

// lookup is the portal of a user who has just bought, whatever webhooks have told.
func (p *program) lookup(d device) string {
	p.t.Helper()
	d.want(http.StatusConflict, "POST", "/subscribe/pro", nil) // asks the company
	return d.portal()
}

func TestWebhooksTwiceAndReversed(t *testing.T) {
	for _, how := range []pretend.Delivery{{}, {Twice: true}, {Reversed: true}, {Twice: true, Reversed: true}} {
		synctest.Test(t, func(t *testing.T) {
			s, p, d := cashier(t)
			s.SetDelivery(how)
			life(p, d)
			d.tier("Basic", "canceled")
			p.press(d.checkout(), "pay")
			synctest.Wait()
			d.tier("Pro", "active")
			p.calm()
		})
	}
}

// All that the company has to tell of a life, three times each, in any order,
// leads to what the company says at the end.
func TestWebhooksInAnyOrder(t *testing.T) {
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	random := rand.New(rand.NewPCG(seed, 0))
	for range 20 {
		synctest.Test(t, func(t *testing.T) {
			s, p, d := cashier(t)
			s.shut()
			life(p, d)
			page := d.checkout() // a second one begins where the first has ended
			p.press(page, "pay")
			time.Sleep(time.Minute) // the company gives up
			payloads := s.open()
			if len(payloads) < 12 {
				t.Fatalf("%d events", len(payloads))
			}
			before := s.fetched()
			all := append(append(payloads, payloads...), payloads...)
			random.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
			for _, payload := range all {
				received(t, p.hook(payload, s.Sign(payload, time.Now())))
			}
			if s.fetched() != before+len(payloads) {
				t.Errorf("%d events were applied %d times", len(payloads), s.fetched()-before)
			}
			want, err := s.Fetch(t.Context(), s.customer(d))
			if status := d.tier("Pro", "active"); err != nil || status.Get("current_period_end") != want.PeriodEnd.Format(time.RFC3339Nano) {
				t.Errorf("status %s, the company says %+v, %v", status.Body, want, err)
			}
		})
	}
}

func TestAWebhookWhoseSyncFailedIsAppliedWhenItComesAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, p, d := cashier(t)
		page, payload := d.checkout(), event("evt_1", s.customer(d))
		s.Outage(true)
		p.press(page, "pay")
		synctest.Wait()
		d.tier("Basic", "none")
		refused(t, p.hook(payload, s.Sign(payload, time.Now())), 503, "payments_unavailable")
		d.tier("Basic", "none")
		s.SetDelivery(pretend.Delivery{None: true})
		s.Outage(false)
		received(t, p.hook(payload, s.Sign(payload, time.Now())))
		d.tier("Pro", "active")
		fetched := s.fetched()
		received(t, p.hook(payload, s.Sign(payload, time.Now())))
		if s.fetched() != fetched {
			t.Error("the event was applied twice")
		}
	})
}

// The company's own webhooks come again until they are taken.
func TestTheCompanySendsAgainWhatFailed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, p, d := cashier(t)
		page := d.checkout()
		s.Outage(true)
		p.press(page, "pay")
		time.Sleep(10 * time.Second)
		d.tier("Basic", "none")
		s.Outage(false)
		time.Sleep(10 * time.Second)
		d.tier("Pro", "active")
	})
}

func TestPaymentsThatAreAway(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, p, d := cashier(t)
		p.buys(d)
		other := p.inside().login(number())
		before := d.tier("Pro", "active")
		s.Outage(true)
		time.Sleep(time.Second)
		refused(t, other.want(http.StatusServiceUnavailable, "POST", "/subscribe/pro", nil), 503, "payments_unavailable")
		for _, path := range []string{"pro", "cancel", "resume", "portal"} {
			refused(t, d.want(http.StatusServiceUnavailable, "POST", "/subscribe/"+path, nil), 503, "payments_unavailable")
		}
		if after := d.tier("Pro", "active"); string(after.Body) != string(before.Body) {
			t.Errorf("status %s, before %s", after.Body, before.Body)
		}
		other.tier("Basic", "none")
		d.done(d.ask(d.room("r"), "hello"), "You said: hello")
		s.Outage(false)
		other.checkout()
		d.portal()
	})
}
