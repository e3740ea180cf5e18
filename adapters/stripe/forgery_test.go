package stripe_test

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/kuvaka-tech/parley/adapters/stripe/stripetest"
	"github.com/kuvaka-tech/parley/core/subscription"
	"github.com/kuvaka-tech/parley/ports"
)

// forgery makes a payload and a header that Stripe did not send around the time start.
type forgery struct {
	name string
	make func(r *rand.Rand) (payload []byte, header string)
}

var (
	validHeader = stripetest.Sign(webhookSecret, paidPayload, start)
	validMAC    = strings.Split(validHeader, "v1=")[1]
)

var forgeries = []forgery{
	{"changed payload", changedPayload},
	{"wrong secret", func(r *rand.Rand) ([]byte, string) {
		secrets := []string{"", " ", "whsec_", "whsec_canar", "whsec_canary ", secretKey, "whsec_other"}
		return paidPayload, stripetest.Sign(pick(r, secrets), paidPayload, start)
	}},
	{"too old", func(r *rand.Rand) ([]byte, string) {
		return paidPayload, stripetest.Sign(webhookSecret, paidPayload, start.Add(-tooFar(r)))
	}},
	{"in the future", func(r *rand.Rand) ([]byte, string) {
		return paidPayload, stripetest.Sign(webhookSecret, paidPayload, start.Add(tooFar(r)))
	}},
	{"changed signature", changedSignature},
	{"changed time", func(r *rand.Rand) ([]byte, string) {
		return paidPayload, fmt.Sprintf("t=%d,v1=%s", start.Unix()+int64(1+r.IntN(300)), validMAC)
	}},
	{"two times", twoTimes},
	{"incomplete header", incompleteHeader},
}

func pick(r *rand.Rand, choices []string) string { return choices[r.IntN(len(choices))] }

// tooFar returns a duration above the tolerance of 5 minutes.
func tooFar(r *rand.Rand) time.Duration { return time.Duration(301+r.IntN(1<<30)) * time.Second }

func changedPayload(r *rand.Rand) ([]byte, string) {
	payload := bytes.Clone(paidPayload)
	payload[r.IntN(len(payload))] ^= byte(1 + r.IntN(255))
	return payload, validHeader
}

// changedSignature replaces one hex digit of the signature by a different one.
func changedSignature(r *rand.Rand) ([]byte, string) {
	const digits = "0123456789abcdef"
	i := r.IntN(len(validMAC))
	digit := digits[(strings.IndexByte(digits, validMAC[i])+1+r.IntN(15))%16]
	return paidPayload, fmt.Sprintf("t=%d,v1=%s%c%s", start.Unix(), validMAC[:i], digit, validMAC[i+1:])
}

// twoTimes replays an old webhook with the current time added to the header, or repeats the time of a valid one.
func twoTimes(r *rand.Rand) ([]byte, string) {
	now, old := start.Unix(), stripetest.Sign(webhookSecret, paidPayload, start.Add(-tooFar(r)))
	return paidPayload, pick(r, []string{
		fmt.Sprintf("t=%d,%s", now, old),
		fmt.Sprintf("%s,t=%d", old, now),
		fmt.Sprintf("t=%d,%s", now, validHeader),
	})
}

func incompleteHeader(r *rand.Rand) ([]byte, string) {
	now := start.Unix()
	return paidPayload, pick(r, []string{
		"",
		validMAC,
		"v1=" + validMAC,
		fmt.Sprintf("t=%d", now),
		fmt.Sprintf("t=%d,v0=%s", now, validMAC),
		fmt.Sprintf("t=%d,v1=", now),
		fmt.Sprintf("t=%d.0,v1=%s", now, validMAC),
	})
}

// None of 10,000 random forgeries is accepted, and after them a valid webhook is.
func TestForgeriesAreRejected(t *testing.T) {
	seed := rand.Uint64()
	r, p, tried := rand.New(rand.NewPCG(seed, 0)), newWebhookReader(t), map[string]int{}
	for range 10_000 {
		f := forgeries[r.IntN(len(forgeries))]
		tried[f.name]++
		payload, header := f.make(r)
		e, err := p.Event(payload, header, start)
		if !errors.Is(err, subscription.ErrSignature) || e != (ports.WebhookEvent{}) {
			t.Fatalf("seed %d: %s: payload %q with header %q = %+v, %v; want ErrSignature",
				seed, f.name, payload, header, e, err)
		}
		checkNoSecrets(t, err)
	}
	if len(tried) != len(forgeries) {
		t.Errorf("only these forgeries were tried: %v", tried)
	}
	if _, err := p.Event(paidPayload, validHeader, start); err != nil {
		t.Errorf("a valid webhook was rejected: %v", err)
	}
}
