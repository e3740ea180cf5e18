package portstest

import (
	"crypto/hmac"
	"crypto/sha256"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/kuvaka-tech/parley/core/subscription"
	"github.com/kuvaka-tech/parley/ports"
)

// WebhooksRig is an adapter with the company's pen.
type WebhooksRig struct {
	Webhooks ports.Webhooks
	SignedAt func(payload []byte, at time.Time) string // the signature header
}

// Webhooks is the contract of ports.Webhooks for a company that sends events and
// signs them as Stripe does (docs.stripe.com/webhooks#verify-manually).
func Webhooks(t *testing.T, open func(t *testing.T) WebhooksRig) {
	for name, test := range map[string]func(WebhooksRig, *testing.T){
		"what a payload says":                  WebhooksRig.testSays,
		"an event that tells nothing":          WebhooksRig.testTellsNothing,
		"a payload that is no event":           WebhooksRig.testNoEvent,
		"five minutes either way":              WebhooksRig.testTolerance,
		"one right signature of several":       WebhooksRig.testSeveral,
		"a header that is not one":             WebhooksRig.testHeaders,
		"a signature made with other secrets":  WebhooksRig.testSecrets,
		"one byte that differs":                WebhooksRig.testMutations,
		"what was signed is not what was sent": WebhooksRig.testSwapped,
	} {
		t.Run(name, func(t *testing.T) { test(open(t), t) })
	}
}

var webhookTime = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

const webhookPayload = `{"id":"evt_1","object":"event","api_version":"2023-10-16","created":1772366400,"type":"invoice.paid","livemode":false,` +
	`"data":{"object":{"id":"in_1","object":"invoice","customer":"cus_1","subscription":"sub_1"}}}`

func (r WebhooksRig) testSays(t *testing.T) {
	event := func(kind, object string) string {
		return fmt.Sprintf(`{"id":"evt_1","object":"event","type":%q,"data":{"object":%s}}`, kind, object)
	}
	for name, c := range map[string]struct {
		payload string
		want    ports.Event
	}{
		"an invoice":           {webhookPayload, ports.Event{ID: "evt_1", Type: "invoice.paid", Customer: "cus_1"}},
		"an expanded customer": {event("invoice.paid", `{"object":"invoice","customer":{"id":"cus_2","object":"customer"}}`), ports.Event{ID: "evt_1", Type: "invoice.paid", Customer: "cus_2"}},
		"of nobody":            {event("product.created", `{"id":"prod_1","object":"product"}`), ports.Event{ID: "evt_1", Type: "product.created"}},
		"a customer of null":   {event("checkout.session.completed", `{"object":"checkout.session","customer":null}`), ports.Event{ID: "evt_1", Type: "checkout.session.completed"}},
		"another version":      {strings.Replace(webhookPayload, "2023-10-16", "2025-03-31.basil", 1), ports.Event{ID: "evt_1", Type: "invoice.paid", Customer: "cus_1"}},
		"with white space":     {"\n " + strings.ReplaceAll(webhookPayload, ",", " ,\r\n\t"), ports.Event{ID: "evt_1", Type: "invoice.paid", Customer: "cus_1"}},
	} {
		got, err := r.Webhooks.Event([]byte(c.payload), r.SignedAt([]byte(c.payload), webhookTime), webhookTime)
		if err != nil || got != c.want {
			t.Errorf("%s: %+v, %v; want %+v", name, got, err, c.want)
		}
	}
}

// Whether an event that tells nothing of a subscription is about its customer is the adapter's to say.
func (r WebhooksRig) testTellsNothing(t *testing.T) {
	for _, kind := range []string{"customer.deleted", "something.new"} {
		payload := fmt.Appendf(nil, `{"id":"evt_1","type":%q,"data":{"object":{"id":"cus_1","object":"customer","customer":"cus_1"}}}`, kind)
		got, err := r.Webhooks.Event(payload, r.SignedAt(payload, webhookTime), webhookTime)
		if err != nil || got.ID != "evt_1" || got.Type != kind || got.Customer != "" && got.Customer != "cus_1" {
			t.Errorf("%s: %+v, %v", kind, got, err)
		}
	}
}

// refused checks that an event is, and that the error repeats nothing of it.
func (r WebhooksRig) refused(t *testing.T, name, payload, header string, now time.Time) {
	t.Helper()
	e, err := r.Webhooks.Event([]byte(payload), header, now)
	if !errors.Is(err, subscription.ErrSignature) || e != (ports.Event{}) {
		t.Errorf("%s: %+v, %v", name, e, err)
		return
	}
	for _, secret := range []string{"cus_1", strings.TrimPrefix(header, "t=")} {
		if len(secret) > 4 && strings.Contains(err.Error(), secret) {
			t.Errorf("%s: the error repeats %q", name, secret)
		}
	}
}

func (r WebhooksRig) testNoEvent(t *testing.T) {
	for _, payload := range []string{"", "null", "[]", `"evt_1"`, "{}", `{"id":""}`, "{", webhookPayload[1:], strings.Repeat("[", 200_000)} {
		name := payload[:min(len(payload), 20)]
		r.refused(t, name, payload, r.SignedAt([]byte(payload), webhookTime), webhookTime)
	}
}

func (r WebhooksRig) testTolerance(t *testing.T) {
	header := r.SignedAt([]byte(webhookPayload), webhookTime)
	for _, off := range []time.Duration{0, time.Second, -time.Second, 5 * time.Minute, -5 * time.Minute} {
		if _, err := r.Webhooks.Event([]byte(webhookPayload), header, webhookTime.Add(off)); err != nil {
			t.Errorf("%s off: %v", off, err)
		}
	}
	for _, off := range []time.Duration{5*time.Minute + time.Second, -5*time.Minute - time.Second, 24 * time.Hour, -24 * time.Hour, 1 << 62, -1 << 62} {
		r.refused(t, off.String(), webhookPayload, header, webhookTime.Add(off))
	}
}

// parts are a header's "t=..." and "v1=...".
func (r WebhooksRig) parts() (stamp, mac string) {
	stamp, mac, _ = strings.Cut(r.SignedAt([]byte(webhookPayload), webhookTime), ",")
	return stamp, mac
}

func (r WebhooksRig) testSeveral(t *testing.T) {
	stamp, mac := r.parts()
	wrong := "v1=" + strings.Repeat("0", 64)
	for _, header := range []string{
		stamp + "," + wrong + "," + mac, stamp + "," + mac + "," + wrong, stamp + "," + mac + "," + mac,
		mac + "," + stamp, stamp + ",v0=" + strings.Repeat("0", 64) + "," + mac,
	} {
		if _, err := r.Webhooks.Event([]byte(webhookPayload), header, webhookTime); err != nil {
			t.Errorf("%s: %v", header, err)
		}
	}
	r.refused(t, "two wrong ones", webhookPayload, stamp+","+wrong+","+wrong, webhookTime)
}

func (r WebhooksRig) testHeaders(t *testing.T) {
	stamp, mac := r.parts()
	hex := strings.TrimPrefix(mac, "v1=")
	for _, header := range []string{
		"", ",", "=", "t", "t=", "v1=", stamp, mac, stamp + ",", stamp + ",v1", stamp + ",v1=", stamp + ",v1=xyz", stamp + ",v0=" + hex, stamp + ",V1=" + hex,
		stamp + "," + hex, stamp + ";" + mac, stamp + "," + mac[:len(mac)-1], stamp + "," + mac[:len(mac)-2], stamp + "," + mac + "00",
		"t=," + mac, "t=now," + mac, "t=-1," + mac, "t=1e9," + mac, "t=99999999999999999999," + mac, "t=9223372036854775807," + mac, "t=0x1," + mac,
		"T" + stamp[1:] + "," + mac, strings.Repeat(stamp+",", 1000), strings.Repeat("\x00", 100), "t=\xff,v1=\xff",
	} {
		r.refused(t, fmt.Sprintf("%.90q", header), webhookPayload, header, webhookTime)
	}
}

func (r WebhooksRig) testSecrets(t *testing.T) {
	for _, secret := range []string{"", " ", "whsec_", "secret", "whsec_test"} {
		mac := hmac.New(sha256.New, []byte(secret))
		fmt.Fprintf(mac, "%d.%s", webhookTime.Unix(), webhookPayload)
		r.refused(t, fmt.Sprintf("with the secret %q", secret), webhookPayload, fmt.Sprintf("t=%d,v1=%x", webhookTime.Unix(), mac.Sum(nil)), webhookTime)
	}
}

// testMutations changes each bit of the payload, each digit of the signature and each second of the time.
func (r WebhooksRig) testMutations(t *testing.T) {
	header := r.SignedAt([]byte(webhookPayload), webhookTime)
	stamp, mac := r.parts()
	for bit := range 8 * len(webhookPayload) {
		payload := []byte(webhookPayload)
		payload[bit/8] ^= 1 << (bit % 8)
		r.refused(t, fmt.Sprint("bit ", bit), string(payload), header, webhookTime)
	}
	for at := len("v1="); at < len(mac); at++ {
		for _, digit := range strings.ReplaceAll("0123456789abcdef", mac[at:at+1], "") {
			r.refused(t, fmt.Sprint("digit ", at), webhookPayload, stamp+","+mac[:at]+string(digit)+mac[at+1:], webhookTime)
		}
	}
	for second := int64(-300); second <= 300; second++ {
		if second != 0 {
			r.refused(t, "time", webhookPayload, fmt.Sprintf("t=%d,%s", webhookTime.Unix()+second, mac), webhookTime)
		}
	}
}

func (r WebhooksRig) testSwapped(t *testing.T) {
	header := r.SignedAt([]byte(webhookPayload), webhookTime)
	for name, payload := range map[string]string{
		"nothing":        "",
		"a byte less":    webhookPayload[:len(webhookPayload)-1],
		"a newline more": webhookPayload + "\n",
		"another's":      strings.ReplaceAll(webhookPayload, "cus_1", "cus_2"),
		"twice":          webhookPayload + webhookPayload,
	} {
		r.refused(t, name, payload, header, webhookTime)
	}
	if _, err := r.Webhooks.Event([]byte(webhookPayload), header, webhookTime); err != nil {
		t.Errorf("the true one: %v", err)
	}
}
