package stripe_test

import (
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/kuvaka-tech/parley/adapters/stripe/stripetest"
	"github.com/kuvaka-tech/parley/core/subscription"
	"github.com/kuvaka-tech/parley/ports"
	"github.com/kuvaka-tech/parley/ports/portstest"
)

// A header is accepted only if it has a signature of the payload at a time within 5 minutes of now.
func FuzzSignature(f *testing.F) {
	for _, header := range []string{
		validHeader,
		strings.ToUpper(validHeader),
		validHeader + ",v0=00",
		validHeader + ",",
		"t=1," + validHeader,
		"v1=,v1=00",
		strings.Replace(validHeader, "t=", "t=0", 1),
		"t=9223372036854775807,v1=00",
		",,=,",
	} {
		f.Add(paidPayload, header)
	}
	p := newWebhookReader(f)
	f.Fuzz(func(t *testing.T, payload []byte, header string) {
		e, err := p.Event(payload, header, start)
		if err != nil {
			checkRejected(t, e, err)
			return
		}
		for offset := -300; offset <= 300; offset++ {
			at := start.Add(time.Duration(offset) * time.Second)
			_, mac, _ := strings.Cut(stripetest.Sign(webhookSecret, payload, at), ",")
			if strings.Contains(strings.ToLower(header), mac) {
				return
			}
		}
		t.Fatalf("header %q was accepted without a valid signature", header)
	})
}

func checkRejected(t *testing.T, e ports.WebhookEvent, err error) {
	t.Helper()
	if !errors.Is(err, subscription.ErrSignature) || e != (ports.WebhookEvent{}) {
		t.Fatalf("event = %+v, %v; want no event and ErrSignature", e, err)
	}
}

func FuzzEvent(f *testing.F) {
	sign := func(payload []byte, at time.Time) string { return stripetest.Sign(webhookSecret, payload, at) }
	portstest.FuzzEvent(f, portstest.WebhooksRig{Webhooks: newWebhookReader(f), Sign: sign})
}

// No response causes a panic or an error that ports.Payments does not document.
func FuzzResponse(f *testing.F) {
	for _, body := range []string{
		`{"id":"x","object":"list","url":"https://x","data":[{"id":"sub_1","object":"subscription","status":"active",` +
			`"items":{"data":[{"current_period_end":1}]}}]}`,
		`{"object":"list","has_more":true,"data":[null]}`,
		`{"id":"cus_1","object":"customer","deleted":true}`,
		`{"object":7}`,
		`null`,
		`<html>`,
		`{"error":{"code":"resource_missing","param":"customer"}}`,
		`{"error":{"type":"card_error","payment_intent":{}}}`,
		`{"error":null}`,
		`{"error":[]}`,
	} {
		f.Add(http.StatusOK, body)
		f.Add(http.StatusBadRequest, body)
	}
	f.Fuzz(func(t *testing.T, status int, body string) {
		p := newPaymentsWith(t, roundTripFunc(func(r *http.Request) (*http.Response, error) {
			return &http.Response{
				StatusCode: status,
				Header:     http.Header{"Idempotent-Replayed": {"true"}},
				Body:       io.NopCloser(strings.NewReader(body)),
				Request:    r,
			}, nil
		}))
		p.DisableRetryPauses()
		for method, err := range callAll(t.Context(), t, p, "cus_1") {
			if err != nil && !isDocumented(err) {
				t.Fatalf("%s: error %v, want one that ports.Payments documents", method, err)
			}
		}
	})
}

// isDocumented reports whether ports.Payments documents the error.
func isDocumented(err error) bool {
	for _, documented := range []error{
		subscription.ErrUnavailable,
		subscription.ErrUnknownCustomer,
		subscription.ErrNotSubscribed,
		subscription.ErrAlreadyPro,
	} {
		if errors.Is(err, documented) {
			return true
		}
	}
	return false
}
