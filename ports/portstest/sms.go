package portstest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/kuvaka-tech/parley/core/fault"
	"github.com/kuvaka-tech/parley/core/phone"
	"github.com/kuvaka-tech/parley/ports"
)

// SMS is the contract of ports.SMS. open returns an adapter that is connected to a
// fake provider, which does for each call what the script says.
func SMS(t *testing.T, open func(t *testing.T, script SMSScript) SMSRig) {
	runSuite(t, func(t *testing.T) *smsTest { return &smsTest{T: t, open: open} }, []requirement[*smsTest]{
		{"a text reaches its phone unchanged, and no other phone", (*smsTest).arrives},
		{"40 concurrent texts all reach their phones", (*smsTest).concurrent},
		{"Send does not call the provider if the context is cancelled", (*smsTest).cancelled},
		{"each failure of the provider has its kind, and is not retried", (*smsTest).failures},
		{"Send fails with the context's error, and disconnects", (*smsTest).contextEnds},
	})
}

// SMSRig is an adapter and the phones behind its fake provider.
type SMSRig struct {
	ports.SMS
	// Received returns the texts that have reached a phone, oldest first.
	Received func(phone.Number) []string
	// AcceptsAll is set for an adapter that accepts every text before it calls a
	// provider, for example a queue. Its Send succeeds whatever the script says.
	AcceptsAll bool
	// UnreachableIsRefused is set if the provider does not say why it refuses a text.
	// Then an unreachable number is fault.Refused instead of fault.Invalid.
	UnreachableIsRefused bool
}

// SMSScript says how the fake provider of an adapter responds to a text. The fake
// provider calls it once for each request, from any goroutine, with the number and
// the text as it has parsed them from the request.
type SMSScript func(to phone.Number, text string) SMSResponse

// SMSResponse is how the fake provider responds to one request. A response must
// quote the number and the text, as real providers may do: the suite checks that
// the adapter's error does not contain them.
type SMSResponse struct {
	Verdict      SMSVerdict
	RetryAfter   time.Duration // the wait that SMSBusy and SMSDown ask for, in whole seconds; 0 for none
	OnDisconnect func()        // must be called when the adapter closes the connection of a call that hangs
}

// SMSVerdict is what the provider does with a text.
type SMSVerdict uint8

// The verdicts.
const (
	SMSAccepted     SMSVerdict = iota
	SMSBusy                    // it accepts no text at the moment
	SMSDown                    // it accepts no text, because it is broken
	SMSRefused                 // it does not accept this text
	SMSUnauthorized            // it does not accept the key
	SMSUnreachable             // no text can reach the number
	SMSRedirected              // it redirects with a 307 to the same URL
	SMSGarbled                 // the response cannot be parsed and does not say whether it has accepted the text
	SMSDisconnects             // it closes the connection before it responds
	SMSHangs                   // it does not respond until the adapter disconnects
)

// smsTest is a test of adapters. It counts the calls that their provider receives.
type smsTest struct {
	*testing.T
	open  func(t *testing.T, script SMSScript) SMSRig
	rig   SMSRig
	mu    sync.Mutex
	calls map[string]int // by number and text
}

// run runs a subtest with a new adapter.
func (t *smsTest) run(name string, script SMSScript, test func(t *smsTest)) {
	t.Run(name, func(st *testing.T) {
		sub := &smsTest{T: st, open: t.open, calls: map[string]int{}}
		sub.rig = t.open(st, func(to phone.Number, text string) SMSResponse {
			sub.mu.Lock()
			sub.calls[to.String()+text]++
			sub.mu.Unlock()
			return script(to, text)
		})
		test(sub)
	})
}

// countCalls returns how many calls with this text the provider has received.
func (t *smsTest) countCalls(to phone.Number, text string) int {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.calls[to.String()+text]
}

// send calls Send, and fails the test if it does not return.
func (t *smsTest) send(ctx context.Context, to phone.Number, text string) error {
	t.Helper()
	done := make(chan error, 1)
	go func() { done <- t.rig.Send(ctx, to, text) }()
	return await(t, done, "the return of Send")
}

func (t *smsTest) mustSend(to phone.Number, text string) {
	t.Helper()
	if err := t.send(t.Context(), to, text); err != nil {
		t.Errorf("Send failed with %v, want success", err)
	}
}

func (t *smsTest) wantReceived(to phone.Number, want ...string) {
	t.Helper()
	if got := t.rig.Received(to); !slices.Equal(got, want) {
		t.Errorf("the phone has received %q, want %q", got, want)
	}
}

func acceptAll(phone.Number, string) SMSResponse { return SMSResponse{} }

func (t *smsTest) arrives() {
	t.run("three texts", acceptAll, func(t *smsTest) {
		to, other := newPhone(t.T), newPhone(t.T)
		texts := []string{"Your Parley code is 012345.", "पार्ले: 012345 & <b>+%0A", "two\nlines"}
		for i, text := range texts {
			t.mustSend(to, text)
			t.wantReceived(to, texts[:i+1]...)
		}
		t.wantReceived(other)
	})
}

func (t *smsTest) concurrent() {
	t.run("4 phones", acceptAll, func(t *smsTest) {
		phones := []phone.Number{newPhone(t.T), newPhone(t.T), newPhone(t.T), newPhone(t.T)}
		errs := concurrently(40, func(i int) error {
			to := phones[i%4]
			return t.send(t.Context(), to, fmt.Sprint(to, i/4))
		})
		wantErrorCounts(t, errs, map[error]int{nil: 40})
		for _, to := range phones {
			got := t.rig.Received(to)
			slices.Sort(got)
			foreign := func(text string) bool { return !strings.HasPrefix(text, to.String()) }
			if len(slices.Compact(got)) != 10 || slices.ContainsFunc(got, foreign) {
				t.Errorf("the phone %v has received %q, want its 10 texts", to, got)
			}
		}
	})
}

func (t *smsTest) cancelled() {
	t.run("before the call", acceptAll, func(t *smsTest) {
		to := newPhone(t.T)
		t.wantContextError(t.send(cancelledContext(), to, smsSecret), context.Canceled, to)
		t.wantReceived(to)
		if n := t.countCalls(to, smsSecret); n != 0 {
			t.Errorf("the provider received %d calls, want none", n)
		}
	})
}

// wantContextError checks that the error is that of the context and not a statement of the provider.
func (t *smsTest) wantContextError(err, want error, to phone.Number) {
	t.Helper()
	if !errors.Is(err, want) {
		t.Errorf("Send failed with %v, want %v", err, want)
	}
	if f := new(fault.Error); errors.As(err, &f) {
		t.Errorf("Send failed with the fault %s, want only %v", f.Code, want)
	}
	wantNoSecrets(t.T, err, smsSecrets(to)...)
}

var phoneCount atomic.Uint32

// newPhone returns a different number each time, +1 xxx 555 01xx. These numbers
// are reserved for fiction.
func newPhone(t *testing.T) phone.Number {
	t.Helper()
	next := phoneCount.Add(1)
	n, err := phone.Parse(fmt.Sprintf("+1%03d55501%02d", 200+next/100%800, next%100))
	must(t, err)
	return n
}
