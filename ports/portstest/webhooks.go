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

// WebhooksRig is an adapter and the provider that signs its webhooks.
type WebhooksRig struct {
	Webhooks ports.Webhooks
	// Sign returns the signature header of a payload that is sent at a time.
	Sign func(payload []byte, at time.Time) string
}

// Webhooks is the contract of ports.Webhooks for a provider that sends and signs
// events as Stripe does (docs.stripe.com/webhooks#verify-manually).
func Webhooks(t *testing.T, open func(t *testing.T) WebhooksRig) {
	newTest := func(t *testing.T) *webhooksTest { return &webhooksTest{T: t, WebhooksRig: open(t)} }
	runSuite(t, newTest, []requirement[*webhooksTest]{
		{"Event returns the id, the type and the customer of an event", (*webhooksTest).parse},
		{"an event that says nothing about a subscription is no error", (*webhooksTest).irrelevantEvent},
		{"a payload that is not an event is refused", (*webhooksTest).malformedPayload},
		{"a signature is valid from 5 minutes before to 5 minutes after now", (*webhooksTest).tolerance},
		{"one valid signature among several is enough", (*webhooksTest).severalSignatures},
		{"a malformed header is refused", (*webhooksTest).malformedHeader},
		{"a signature made with another secret is refused", (*webhooksTest).otherSecret},
		{"a change of one bit of payload, signature or time is refused", (*webhooksTest).mutations},
		{"a signature of another payload is refused", (*webhooksTest).otherPayload},
	})
}

// webhooksTest is a test of an adapter that uses webhookPayload at webhookTime.
type webhooksTest struct {
	*testing.T
	WebhooksRig
}

var webhookTime = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

const webhookPayload = `{"id":"evt_1","object":"event","api_version":"2023-10-16","created":1772366400,` +
	`"type":"invoice.paid","livemode":false,` +
	`"data":{"object":{"id":"in_1","object":"invoice","customer":"cus_1","subscription":"sub_1"}}}`

// newPayload returns the payload of an event with this type and object.
func newPayload(eventType, object string) string {
	return fmt.Sprintf(`{"id":"evt_1","object":"event","type":%q,"data":{"object":%s}}`, eventType, object)
}

func (t *webhooksTest) parse() {
	invoicePaid := func(customer string) ports.WebhookEvent {
		return ports.WebhookEvent{ID: "evt_1", Type: "invoice.paid", Customer: customer}
	}
	for name, c := range map[string]struct {
		payload string
		want    ports.WebhookEvent
	}{
		"an invoice": {webhookPayload, invoicePaid("cus_1")},
		"an expanded customer": {
			newPayload("invoice.paid", `{"object":"invoice","customer":{"id":"cus_2","object":"customer"}}`),
			invoicePaid("cus_2"),
		},
		"no customer": {
			newPayload("product.created", `{"id":"prod_1","object":"product"}`),
			ports.WebhookEvent{ID: "evt_1", Type: "product.created"},
		},
		"a customer of null": {
			newPayload("checkout.session.completed", `{"object":"checkout.session","customer":null}`),
			ports.WebhookEvent{ID: "evt_1", Type: "checkout.session.completed"},
		},
		"another API version": {
			strings.Replace(webhookPayload, "2023-10-16", "2025-03-31.basil", 1), invoicePaid("cus_1"),
		},
		"white space": {"\n " + strings.ReplaceAll(webhookPayload, ",", " ,\r\n\t"), invoicePaid("cus_1")},
	} {
		got, err := t.Webhooks.Event([]byte(c.payload), t.Sign([]byte(c.payload), webhookTime), webhookTime)
		if err != nil || got != c.want {
			t.Errorf("%s: Event returned %+v and error %v, want %+v", name, got, err, c.want)
		}
	}
}

// The adapter may return the customer of such an event or leave it out.
func (t *webhooksTest) irrelevantEvent() {
	for _, eventType := range []string{"customer.deleted", "something.new"} {
		payload := fmt.Appendf(nil, `{"id":"evt_1","type":%q,"data":{"object":`+
			`{"id":"cus_1","object":"customer","customer":"cus_1"}}}`, eventType)
		got, err := t.Webhooks.Event(payload, t.Sign(payload, webhookTime), webhookTime)
		if err != nil || got.ID != "evt_1" || got.Type != eventType || got.Customer != "" && got.Customer != "cus_1" {
			t.Errorf("%s: Event returned %+v and error %v, want the event", eventType, got, err)
		}
	}
}

// wantRefused checks that Event fails with ErrSignature, and that the error
// contains neither the customer nor the header.
func (t *webhooksTest) wantRefused(name, payload, header string, now time.Time) {
	t.Helper()
	e, err := t.Webhooks.Event([]byte(payload), header, now)
	if !errors.Is(err, subscription.ErrSignature) || e != (ports.WebhookEvent{}) {
		t.Errorf("%s: Event returned %+v and error %v, want ErrSignature", name, e, err)
		return
	}
	for _, secret := range []string{"cus_1", strings.TrimPrefix(header, "t=")} {
		if len(secret) > 4 && strings.Contains(err.Error(), secret) {
			t.Errorf("%s: the error contains %q", name, secret)
		}
	}
}

// wantAccepted checks that Event accepts webhookPayload with this header.
func (t *webhooksTest) wantAccepted(header string, now time.Time) {
	t.Helper()
	if _, err := t.Webhooks.Event([]byte(webhookPayload), header, now); err != nil {
		t.Errorf("Event with the header %s at %v: error = %v, want success", header, now, err)
	}
}

// header returns the valid signature header of webhookPayload.
func (t *webhooksTest) header() string { return t.Sign([]byte(webhookPayload), webhookTime) }

// headerParts returns the "t=..." and "v1=..." of the valid header.
func (t *webhooksTest) headerParts() (stamp, mac string) {
	stamp, mac, _ = strings.Cut(t.header(), ",")
	return stamp, mac
}

func (t *webhooksTest) malformedPayload() {
	for _, payload := range []string{
		"", "null", "[]", `"evt_1"`, "{}", `{"id":""}`, "{", webhookPayload[1:], strings.Repeat("[", 200_000),
	} {
		name := payload[:min(len(payload), 20)]
		t.wantRefused(name, payload, t.Sign([]byte(payload), webhookTime), webhookTime)
	}
}

func (t *webhooksTest) tolerance() {
	for _, offset := range []time.Duration{0, time.Second, -time.Second, 5 * time.Minute, -5 * time.Minute} {
		t.wantAccepted(t.header(), webhookTime.Add(offset))
	}
	for _, offset := range []time.Duration{
		5*time.Minute + time.Second, -5*time.Minute - time.Second, 24 * time.Hour, -24 * time.Hour, 1 << 62, -1 << 62,
	} {
		t.wantRefused(offset.String(), webhookPayload, t.header(), webhookTime.Add(offset))
	}
}

func (t *webhooksTest) severalSignatures() {
	stamp, mac := t.headerParts()
	zeros := strings.Repeat("0", 64)
	wrong := "v1=" + zeros
	for _, header := range []string{
		stamp + "," + wrong + "," + mac,
		stamp + "," + mac + "," + wrong,
		stamp + "," + mac + "," + mac,
		mac + "," + stamp,
		stamp + ",v0=" + zeros + "," + mac,
	} {
		t.wantAccepted(header, webhookTime)
	}
	t.wantRefused("two wrong signatures", webhookPayload, stamp+","+wrong+","+wrong, webhookTime)
}

func (t *webhooksTest) malformedHeader() {
	stamp, mac := t.headerParts()
	hex := strings.TrimPrefix(mac, "v1=")
	for _, header := range []string{
		"", ",", "=", "t", "t=", "v1=", stamp, mac, stamp + ",",
		stamp + ",v1", stamp + ",v1=", stamp + ",v1=xyz", stamp + ",v0=" + hex, stamp + ",V1=" + hex,
		stamp + "," + hex, stamp + ";" + mac,
		stamp + "," + mac[:len(mac)-1], stamp + "," + mac[:len(mac)-2], stamp + "," + mac + "00",
		"t=," + mac, "t=now," + mac, "t=-1," + mac, "t=1e9," + mac, "t=0x1," + mac,
		"t=99999999999999999999," + mac, "t=9223372036854775807," + mac,
		"T" + stamp[1:] + "," + mac, strings.Repeat(stamp+",", 1000), strings.Repeat("\x00", 100), "t=\xff,v1=\xff",
	} {
		t.wantRefused(fmt.Sprintf("%.90q", header), webhookPayload, header, webhookTime)
	}
}

func (t *webhooksTest) otherSecret() {
	for _, secret := range []string{"", " ", "whsec_", "secret", "whsec_test"} {
		mac := hmac.New(sha256.New, []byte(secret))
		fmt.Fprintf(mac, "%d.%s", webhookTime.Unix(), webhookPayload)
		header := fmt.Sprintf("t=%d,v1=%x", webhookTime.Unix(), mac.Sum(nil))
		t.wantRefused(fmt.Sprintf("the secret %q", secret), webhookPayload, header, webhookTime)
	}
}

// mutations changes each bit of the payload, each digit of the signature and the
// time by up to 300 s.
func (t *webhooksTest) mutations() {
	stamp, mac := t.headerParts()
	for bit := range 8 * len(webhookPayload) {
		payload := []byte(webhookPayload)
		payload[bit/8] ^= 1 << (bit % 8)
		t.wantRefused(fmt.Sprint("bit ", bit), string(payload), t.header(), webhookTime)
	}
	for at := len("v1="); at < len(mac); at++ {
		for _, digit := range strings.ReplaceAll("0123456789abcdef", mac[at:at+1], "") {
			header := stamp + "," + mac[:at] + string(digit) + mac[at+1:]
			t.wantRefused(fmt.Sprint("digit ", at), webhookPayload, header, webhookTime)
		}
	}
	for offset := int64(-300); offset <= 300; offset++ {
		if offset != 0 {
			header := fmt.Sprintf("t=%d,%s", webhookTime.Unix()+offset, mac)
			t.wantRefused(fmt.Sprint("the time plus ", offset), webhookPayload, header, webhookTime)
		}
	}
}

func (t *webhooksTest) otherPayload() {
	for name, payload := range map[string]string{
		"nothing":            "",
		"without last byte":  webhookPayload[:len(webhookPayload)-1],
		"with a newline":     webhookPayload + "\n",
		"another customer's": strings.ReplaceAll(webhookPayload, "cus_1", "cus_2"),
		"twice":              webhookPayload + webhookPayload,
	} {
		t.wantRefused(name, payload, t.header(), webhookTime)
	}
	t.wantAccepted(t.header(), webhookTime)
}
