package stripe_test

import (
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/kuvaka-tech/parley/adapters/stripe"
	"github.com/kuvaka-tech/parley/adapters/stripe/stripetest"
	"github.com/kuvaka-tech/parley/core/subscription"
	"github.com/kuvaka-tech/parley/ports"
)

// A header is believed only if it has the payload's signature at a time of these minutes.
func FuzzSignature(f *testing.F) {
	good := stripetest.Sign(secret, paid, start)
	for _, header := range []string{good, strings.ToUpper(good), good + ",v0=00", good + ",", "t=1," + good, "v1=,v1=00", strings.Replace(good, "t=", "t=0", 1), "t=9223372036854775807,v1=00", ",,=,"} {
		f.Add(paid, header)
	}
	a := account(f)
	f.Fuzz(func(t *testing.T, payload []byte, header string) {
		e, err := a.Event(payload, header, start)
		if err != nil {
			if !errors.Is(err, subscription.ErrSignature) || e != (ports.Event{}) {
				t.Fatalf("%+v, %v", e, err)
			}
			return
		}
		for off := -300; off <= 300; off++ {
			_, mac, _ := strings.Cut(stripetest.Sign(secret, payload, start.Add(time.Duration(off)*time.Second)), ",")
			if strings.Contains(strings.ToLower(header), mac) {
				return
			}
		}
		t.Fatalf("believed: %q", header)
	})
}

// Whatever is signed is read without harm, and is an event only with an id.
func FuzzEvent(f *testing.F) {
	for _, payload := range []string{
		string(paid), `{"id":"evt_1","type":"invoice.paid","data":{"object":{"customer":{"id":"cus_1"}}}}`, `{"id":1,"type":{},"data":[]}`,
		`{"id":"evt_1","data":{"object":7}}`, `[]`, `null`, `{"ID":"evt_1"}`, "{\"id\":\"\xff\"}", strings.Repeat(`{"data":`, 1000),
	} {
		f.Add([]byte(payload))
	}
	a := account(f)
	f.Fuzz(func(t *testing.T, payload []byte) {
		e, err := a.Event(payload, stripetest.Sign(secret, payload, start), start)
		if err != nil && (!errors.Is(err, subscription.ErrSignature) || e != (ports.Event{})) || err == nil && e.ID == "" {
			t.Fatalf("%+v, %v", e, err)
		}
	})
}

// Whatever Stripe answers, there is no panic, and a failure is one of the two that there are.
func FuzzAnswer(f *testing.F) {
	for _, body := range []string{
		`{"id":"x","object":"list","url":"https://x","data":[{"id":"sub_1","object":"subscription","status":"active","items":{"data":[{"current_period_end":1}]}}]}`,
		`{"object":"list","has_more":true,"data":[null]}`, `{"id":"cus_1","object":"customer","deleted":true}`, `{"object":7}`, `null`, `<html>`,
		`{"error":{"code":"resource_missing","param":"customer"}}`, `{"error":{"type":"card_error","payment_intent":{}}}`, `{"error":null}`, `{"error":[]}`,
	} {
		f.Add(http.StatusOK, body)
		f.Add(http.StatusBadRequest, body)
	}
	f.Fuzz(func(t *testing.T, status int, body string) {
		a := open(t, stripe.Config{SecretKey: key, WebhookSecret: secret, Clock: &world{now: start}, Transport: transportFunc(func(r *http.Request) (*http.Response, error) {
			return &http.Response{StatusCode: status, Header: http.Header{"Idempotent-Replayed": {"true"}}, Body: io.NopCloser(strings.NewReader(body)), Request: r}, nil
		})})
		a.Hasten()
		for method, err := range all(t.Context(), t, a, "cus_1") {
			known := errors.Is(err, subscription.ErrUnavailable) || errors.Is(err, subscription.ErrUnknown) ||
				errors.Is(err, subscription.ErrNotSubscribed) || errors.Is(err, subscription.ErrAlreadyPro)
			if err != nil && !known {
				t.Fatalf("%s: %v", method, err)
			}
		}
	})
}
