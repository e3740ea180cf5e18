package pretend_test

import (
	"crypto/rand"
	"io"
	"strings"
	"testing"

	"github.com/kuvaka-tech/parley/adapters/pretend"
	"github.com/kuvaka-tech/parley/ports/portstest"
)

// Ids have the prefixes of Stripe's ids.
func TestIDs(t *testing.T) {
	f := newFixture(t)
	customer := f.newSubscriber(t)
	page := f.openCheckout(t, customer)
	portal, err := f.Portal(t.Context(), customer, accountURL)
	must(t, err)
	for got, prefix := range map[string]string{
		customer:                                "cus_",
		f.fetch(t, customer).ID:                 "sub_",
		page:                                    "http://127.0.0.1:8000/pretend/checkout/cs_test_",
		portal:                                  "http://127.0.0.1:8000/pretend/portal/bps_",
		parseEvent(t, f.takeDeliveries()[0]).ID: "evt_",
	} {
		if rest, ok := strings.CutPrefix(got, prefix); !ok || len(rest) != 32 {
			t.Errorf("%q, want %s and 128 bits in hex", got, prefix)
		}
	}
}

// The same random bytes give the same ids, different ones different ids.
func TestIDsDependOnRandom(t *testing.T) {
	firstID := func(random io.Reader) string {
		p := newPayments(t, pretend.Config{Clock: portstest.NewManualClock(start), Random: random})
		customer, err := p.Customer(t.Context(), "user")
		must(t, err)
		return customer
	}
	seed := strings.Repeat("a", 32)
	if first, second := firstID(strings.NewReader(seed)), firstID(strings.NewReader(seed)); first != second {
		t.Errorf("ids %s and %s from the same random bytes, want the same id", first, second)
	}
	if first, second := firstID(rand.Reader), firstID(rand.Reader); first == second {
		t.Errorf("the same id %s from different random bytes: ids can be guessed", first)
	}
	if _, err := pretend.New(pretend.Config{Random: strings.NewReader("short")}); err == nil {
		t.Error("New succeeded with too few random bytes")
	}
}

// The configured secret signs webhooks. Without one, every Payments has its own.
func TestSecret(t *testing.T) {
	open := func(secret string) *pretend.Payments {
		clock := portstest.NewManualClock(start)
		return newPayments(t, pretend.Config{Clock: clock, Random: rand.Reader, Secret: secret})
	}
	for _, test := range []struct {
		signer, receiver string
		want             bool
	}{
		{"whsec_1", "whsec_1", true},
		{"whsec_1", "whsec_2", false},
		{"", "", false},
	} {
		payload := []byte(`{"id":"evt_1"}`)
		_, err := open(test.receiver).Event(payload, open(test.signer).Sign(payload, start), start)
		if (err == nil) != test.want {
			t.Errorf("secret %q accepts a webhook signed with %q: error %v, want it accepted: %v",
				test.receiver, test.signer, err, test.want)
		}
	}
}
