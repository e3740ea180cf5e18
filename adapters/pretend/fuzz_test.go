package pretend

import (
	"encoding/hex"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/kuvaka-tech/parley/core/subscription"
)

var fuzzTime = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// A header is accepted only if it holds a v1 signature of a time it may have.
func FuzzSignature(f *testing.F) {
	good := sign("whsec_1", []byte("{}"), fuzzTime)
	for _, header := range []string{good, strings.ToUpper(good), good + ",v0=00", "t=1,t=2,v1=", "v1=,v1=00", strings.Replace(good, "t=", "t=0", 1), "t=9223372036854775807", ",,=,"} {
		f.Add("whsec_1", []byte("{}"), header)
	}
	f.Add("", []byte("{}"), sign("", []byte("{}"), fuzzTime))
	f.Fuzz(func(t *testing.T, secret string, payload []byte, header string) {
		err := verify(secret, payload, header, fuzzTime)
		if err != nil {
			if !errors.Is(err, subscription.ErrSignature) {
				t.Fatal(err)
			}
			return
		}
		if secret == "" {
			t.Fatal("an empty secret has signed")
		}
		for off := int64(-300); off <= 300; off++ {
			if strings.Contains(strings.ToLower(header), "v1="+hex.EncodeToString(digest(secret, fuzzTime.Unix()+off, payload))) {
				return
			}
		}
		t.Fatalf("accepted: %q", header)
	})
}

// Whatever is signed is read without harm; only what has an id is an event.
func FuzzEvent(f *testing.F) {
	for _, payload := range []string{
		`{"id":"evt_1","type":"invoice.paid","data":{"object":{"customer":"cus_1"}}}`, `{"id":"evt_1","data":{"object":{"customer":{"id":"cus_1"}}}}`,
		`{"id":"evt_1","data":{"object":{"object":"customer","id":"cus_1"}}}`, `{"id":1,"type":{},"data":[]}`, `{"id":"evt_1","data":{"object":7}}`,
		`[]`, `null`, `{"ID":"evt_1"}`, "{\"id\":\"\xff\"}", strings.Repeat(`{"data":`, 1000),
	} {
		f.Add([]byte(payload))
	}
	c := &Company{config: Config{Secret: "whsec_1"}}
	f.Fuzz(func(t *testing.T, payload []byte) {
		e, err := c.Event(payload, c.Sign(payload, fuzzTime), fuzzTime)
		if err != nil && (!errors.Is(err, subscription.ErrSignature) || e.ID != "") {
			t.Fatalf("%+v, %v", e, err)
		}
		if err == nil && e.ID == "" {
			t.Fatal("an event without a name")
		}
	})
}

func TestHalfAnEvent(t *testing.T) {
	c := &Company{config: Config{Secret: "whsec_1"}}
	for _, payload := range []string{`{"id":"evt_1"}`, `{"id":"evt_1","type":7,"data":[]}`, `{"id":"evt_1","data":{"object":{"customer":[]}}}`} {
		e, err := c.Event([]byte(payload), c.Sign([]byte(payload), fuzzTime), fuzzTime)
		if err != nil || e.ID != "evt_1" || e.Customer != "" {
			t.Errorf("%s: %+v, %v", payload, e, err)
		}
	}
}

func TestPrice(t *testing.T) {
	for want, plan := range map[string]subscription.Plan{
		"$9.99 / month":     {Cents: 999, Currency: "usd"},
		"₹499.00 / month":   {Cents: 49900, Currency: "inr"},
		"10.05 CHF / month": {Cents: 1005, Currency: "chf"},
	} {
		if got := price(plan); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

func TestParseRefusesTwoTimes(t *testing.T) {
	good := sign("whsec_1", nil, fuzzTime)
	if _, _, ok := parse(good); !ok {
		t.Error("not parsed:", good)
	}
	if _, _, ok := parse("t=1," + good); ok {
		t.Error("which of the times?")
	}
}
