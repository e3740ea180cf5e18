package pretend

import (
	"encoding/hex"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/kuvaka-tech/parley/core/subscription"
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

// A signed payload never causes a panic. It is an event only with an id.
func FuzzEvent(f *testing.F) {
	for _, payload := range []string{
		`{"id":"evt_1","type":"invoice.paid","data":{"object":{"customer":"cus_1"}}}`,
		`{"id":"evt_1","data":{"object":{"customer":{"id":"cus_1"}}}}`,
		`{"id":"evt_1","data":{"object":{"object":"customer","id":"cus_1"}}}`,
		`{"id":1,"type":{},"data":[]}`,
		`{"id":"evt_1","data":{"object":7}}`,
		`[]`,
		`null`,
		`{"ID":"evt_1"}`,
		"{\"id\":\"\xff\"}",
		strings.Repeat(`{"data":`, 1000),
	} {
		f.Add([]byte(payload))
	}
	p := newWebhookReader()
	f.Fuzz(func(t *testing.T, payload []byte) {
		e, err := p.Event(payload, p.Sign(payload, now), now)
		if err != nil && (!errors.Is(err, subscription.ErrSignature) || e.ID != "") {
			t.Fatalf("event = %+v, %v; want no event and ErrSignature", e, err)
		}
		if err == nil && e.ID == "" {
			t.Fatalf("event %+v was accepted without an id", e)
		}
	})
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
