package stripe_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/kuvaka-tech/parley/adapters/stripe"
	"github.com/kuvaka-tech/parley/adapters/stripe/stripetest"
	"github.com/kuvaka-tech/parley/core/subscription"
	"github.com/kuvaka-tech/parley/ports"
)

var paid = []byte(`{"id":"evt_1","object":"event","type":"invoice.paid","data":{"object":{"object":"invoice","customer":"cus_1","total":999}}}`)

// account is one that webhooks come to, and nothing else.
func account(t testing.TB) *stripe.Account {
	t.Helper()
	return open(t, stripe.Config{SecretKey: key, WebhookSecret: secret, Clock: &world{now: start}})
}

// forgery returns a payload and a header that the company did not make at about now.
func forgery(r *rand.Rand) (kind string, payload []byte, header string) {
	unix, other := start.Unix(), []string{"", " ", "whsec_", "whsec_canar", "whsec_canary ", key, "whsec_other"}[r.IntN(7)]
	far := time.Duration(301+r.IntN(1<<30)) * time.Second
	good, mac := stripetest.Sign(secret, paid, start), strings.Split(stripetest.Sign(secret, paid, start), "v1=")[1]
	changed := bytes.Clone(paid)
	changed[r.IntN(len(changed))] ^= byte(1 + r.IntN(255))
	switch r.IntN(8) {
	case 0:
		return "a changed payload", changed, good
	case 1:
		return "another's secret, or none", paid, stripetest.Sign(other, paid, start)
	case 2:
		return "old", paid, stripetest.Sign(secret, paid, start.Add(-far))
	case 3:
		return "of the future", paid, stripetest.Sign(secret, paid, start.Add(far))
	case 4:
		at := r.IntN(len(mac))
		return "a changed signature", paid, fmt.Sprintf("t=%d,v1=%s%c%s", unix, mac[:at], "0123456789abcdef"[(strings.IndexByte("0123456789abcdef", mac[at])+1+r.IntN(15))%16], mac[at+1:])
	case 5:
		return "a time that was not signed", paid, fmt.Sprintf("t=%d,v1=%s", unix+int64(1+r.IntN(300)), mac)
	case 6: // an old one is replayed, with the time of now beside it
		old := stripetest.Sign(secret, paid, start.Add(-far))
		return "two times", paid, []string{fmt.Sprintf("t=%d,%s", unix, old), fmt.Sprintf("%s,t=%d", old, unix), fmt.Sprintf("t=%d,%s", unix, good)}[r.IntN(3)]
	}
	header = []string{"", mac, "v1=" + mac, fmt.Sprintf("t=%d", unix), fmt.Sprintf("t=%d,v0=%s", unix, mac), fmt.Sprintf("t=%d,v1=", unix), fmt.Sprintf("t=%d.0,v1=%s", unix, mac)}[r.IntN(7)]
	return "half a header", paid, header
}

// 10,000 forgeries of eight kinds: none is taken, and the true one between them always.
func TestForgeries(t *testing.T) {
	seed := rand.Uint64()
	r, a, kinds := rand.New(rand.NewPCG(seed, 0)), account(t), map[string]int{}
	for range 10_000 {
		kind, payload, header := forgery(r)
		kinds[kind]++
		if e, err := a.Event(payload, header, start); !errors.Is(err, subscription.ErrSignature) || e != (ports.Event{}) {
			t.Fatalf("seed %d: %s: %q %q was taken as %+v, %v", seed, kind, payload, header, e, err)
		} else {
			clean(t, err)
		}
	}
	if len(kinds) != 8 {
		t.Errorf("only %v", kinds)
	}
	if _, err := a.Event(paid, stripetest.Sign(secret, paid, start), start); err != nil {
		t.Error(err)
	}
}

func TestAnAccountHasItsSecrets(t *testing.T) {
	for _, c := range []stripe.Config{{}, {SecretKey: key}, {WebhookSecret: secret}} {
		if a, err := stripe.New(c); err == nil || a != nil {
			t.Errorf("%+v makes an account", c)
		}
	}
}

// An account without a secret, which New does not make, believes nobody.
func TestNoSecretVerifiesNothing(t *testing.T) {
	if e, err := new(stripe.Account).Event(paid, stripetest.Sign("", paid, start), start); !errors.Is(err, subscription.ErrSignature) {
		t.Errorf("%+v, %v", e, err)
	}
}

// The events after which a subscription may have changed are about their customer, all others about nobody.
func TestWhatEventsTell(t *testing.T) {
	a := account(t)
	for kind, tells := range map[string]bool{
		"checkout.session.completed": true, "customer.subscription.created": true, "customer.subscription.updated": true,
		"customer.subscription.deleted": true, "invoice.paid": true, "invoice.payment_failed": true,
		"customer.created": false, "customer.deleted": false, "checkout.session.expired": false, "invoice.created": false,
		"payment_intent.succeeded": false, "charge.succeeded": false, "customer.subscription": false, "": false,
	} {
		for customer, name := range map[string]string{
			`"cus_1"`: "cus_1", `{"id":"cus_2","object":"customer"}`: "cus_2", `{"id":"cus_3","object":"customer","deleted":true}`: "cus_3",
			`"cus_\u0000"`: "", `"cus 4"`: "", `"` + strings.Repeat("c", 256) + `"`: "", `null`: "", `7`: "", `[]`: "", `{}`: "", `{"id":7}`: "", `""`: "",
		} {
			payload := fmt.Appendf(nil, `{"id":"evt_1","type":%q,"data":{"object":{"id":"x_1","customer":%s}}}`, kind, customer)
			want := ports.Event{ID: "evt_1", Type: kind}
			if tells {
				want.Customer = name
			}
			if got, err := a.Event(payload, stripetest.Sign(secret, payload, start), start); err != nil || got != want {
				t.Errorf("%s: %+v, %v", payload, got, err)
			}
		}
	}
}

// What is signed and has an id is an event, whatever else it lacks: refusing it would have it sent for days.
func TestHalfAnEvent(t *testing.T) {
	a := account(t)
	for _, payload := range []string{
		`{"id":"evt_1"}`, `{"id":"evt_1","type":7}`, `{"id":"evt_1","data":[]}`, `{"id":"evt_1","data":{"object":[]}}`,
		`{"id":"evt_1","object":"v2.core.event","created":"2026-03-01T12:00:00.000Z","related_object":{"id":"cus_1"}}`,
	} {
		e, err := a.Event([]byte(payload), stripetest.Sign(secret, []byte(payload), start), start)
		if err != nil || e != (ports.Event{ID: "evt_1"}) {
			t.Errorf("%s: %+v, %v", payload, e, err)
		}
	}
}

// What has no id that Stripe could have given is no event: no store could keep it.
func TestIDsThatAreNone(t *testing.T) {
	a := account(t)
	for _, id := range []string{"", "evt_\x00", "evt 1", "evt_\n", strings.Repeat("e", 256), "évt"} {
		payload, err := json.Marshal(map[string]string{"id": id, "type": "invoice.paid"})
		check(t, err)
		if e, err := a.Event(payload, stripetest.Sign(secret, payload, start), start); !errors.Is(err, subscription.ErrSignature) {
			t.Errorf("%q: %+v, %v", id, e, err)
		}
	}
}
