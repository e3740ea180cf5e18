package pretend

import (
	"encoding/hex"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/kuvaka-tech/parley/core/subscription"
	"github.com/kuvaka-tech/parley/ports/portstest"
)

var now = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// newWebhookReader returns Payments that can only sign and read webhooks.
func newWebhookReader() *Payments { return &Payments{config: Config{Secret: "whsec_1"}} }

// A header is accepted only if it has a v1 signature of the payload at a time within 5 minutes of now.
func FuzzSignature(f *testing.F) {
	valid := sign("whsec_1", []byte("{}"), now)
	for _, header := range []string{
		valid,
		strings.ToUpper(valid),
		valid + ",v0=00",
		"t=1,t=2,v1=",
		"v1=,v1=00",
		strings.Replace(valid, "t=", "t=0", 1),
		"t=9223372036854775807",
		",,=,",
	} {
		f.Add("whsec_1", []byte("{}"), header)
	}
	f.Add("", []byte("{}"), sign("", []byte("{}"), now))
	f.Fuzz(func(t *testing.T, secret string, payload []byte, header string) {
		err := verify(secret, payload, header, now)
		if err != nil {
			if !errors.Is(err, subscription.ErrSignature) {
				t.Fatalf("error %v, want ErrSignature", err)
			}
			return
		}
		if secret == "" {
			t.Fatal("a signature with an empty secret was accepted")
		}
		for offset := int64(-300); offset <= 300; offset++ {
			mac := hex.EncodeToString(computeMAC(secret, now.Unix()+offset, payload))
			if strings.Contains(strings.ToLower(header), "v1="+mac) {
				return
			}
		}
		t.Fatalf("header %q was accepted without a valid signature", header)
	})
}

func FuzzEvent(f *testing.F) {
	p := newWebhookReader()
	portstest.FuzzEvent(f, portstest.WebhooksRig{Webhooks: p, Sign: p.Sign})
}

// A signed payload with an id is an event, even when all else is missing or invalid.
func TestIncompleteEvents(t *testing.T) {
	p := newWebhookReader()
	for _, payload := range []string{
		`{"id":"evt_1"}`,
		`{"id":"evt_1","type":7,"data":[]}`,
		`{"id":"evt_1","data":{"object":{"customer":[]}}}`,
	} {
		e, err := p.Event([]byte(payload), p.Sign([]byte(payload), now), now)
		if err != nil || e.ID != "evt_1" || e.Customer != "" {
			t.Errorf("event %s = %+v, %v; want only the id", payload, e, err)
		}
	}
}

func TestSignatureWithTwoTimes(t *testing.T) {
	valid := sign("whsec_1", nil, now)
	if _, _, ok := parseSignature(valid); !ok {
		t.Errorf("the header %q was rejected", valid)
	}
	if _, _, ok := parseSignature("t=1," + valid); ok {
		t.Error("a header with two times was accepted")
	}
}
