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

// SMSScript says what the company behind an adapter does with a text. It is to be
// called once for each call that reaches the company, from any goroutine, with
// the number and the text as they were understood there.
type SMSScript func(to phone.Number, text string) Reply

// Reply is what the company does with one call. Where it answers, it is to quote
// the number and the text, as real ones may: the suite looks for them in errors.
type Reply struct {
	Verdict Verdict
	Wait    time.Duration // what one who is Busy or Down asks for, in whole seconds; 0 asks for nothing
	Left    func()        // to be called when the caller of one who is Silent has let go
}

// Verdict is what becomes of a text.
type Verdict uint8

const (
	Taken       Verdict = iota
	Busy                // no text is taken now
	Down                // nor now, because something is broken there
	Refused             // this text is not taken
	Denied              // no text is taken with this key
	Unreachable         // no text can reach the number
	Moved               // another address is named, by a 307: the one that was called
	Garbled             // the answer is none, and leaves open whether the text is taken
	Lost                // with the connection, before an answer
	Silent              // there is no answer until the caller leaves
)

// SMSRig is an adapter and what can be seen of the phones at its other end.
type SMSRig struct {
	ports.SMS
	Received func(phone.Number) []string // what has reached a phone, oldest first
	// Takes is for what is done with a text before a company is asked, as a queue
	// is: it takes every text, whatever the script says later.
	Takes bool
	// Blind is for a company that does not say why it refuses: an unreachable
	// number is fault.Refused then.
	Blind bool
}

// SMS is the contract of ports.SMS. open makes an adapter whose company follows the script.
func SMS(t *testing.T, open func(t *testing.T, s SMSScript) SMSRig) {
	tests := []struct {
		name string
		run  func(*texter)
	}{
		{"a text reaches its phone as it is, and no other", smsArrives},
		{"many at a time", smsParallel},
		{"a call whose time is over sends nothing", smsOver},
		{"tells failures apart", smsFails},
		{"fails with the context's error and lets go", smsSilence},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) { test.run(&texter{T: t, open: open}) })
	}
}

// texter sends by adapters and counts what their company heard.
type texter struct {
	*testing.T
	open  func(t *testing.T, s SMSScript) SMSRig
	rig   SMSRig
	mu    sync.Mutex
	heard map[string]int // by number and text
}

// run runs a test of its own on a fresh adapter.
func (x *texter) run(name string, s SMSScript, test func(x *texter)) {
	x.Run(name, func(t *testing.T) {
		sub := &texter{T: t, open: x.open, heard: map[string]int{}}
		sub.rig = x.open(t, func(to phone.Number, text string) Reply {
			sub.mu.Lock()
			sub.heard[to.String()+text]++
			sub.mu.Unlock()
			return s(to, text)
		})
		test(sub)
	})
}

// calls counts the calls for a text that reached the company.
func (x *texter) calls(to phone.Number, text string) int {
	x.mu.Lock()
	defer x.mu.Unlock()
	return x.heard[to.String()+text]
}

// send sends, and fails the test when Send does not return.
func (x *texter) send(ctx context.Context, to phone.Number, text string) error {
	x.Helper()
	done := make(chan error, 1)
	go func() { done <- x.rig.Send(ctx, to, text) }()
	return await(x.T, done, "Send to return")
}

// deliver sends what is to be taken.
func (x *texter) deliver(to phone.Number, text string) {
	x.Helper()
	if err := x.send(x.Context(), to, text); err != nil {
		x.Errorf("failed with %v", err)
	}
}

// received expects what has reached a phone.
func (x *texter) received(to phone.Number, want ...string) {
	x.Helper()
	if got := x.rig.Received(to); !slices.Equal(got, want) {
		x.Errorf("the phone has %q, want %q", got, want)
	}
}

func takesAll(phone.Number, string) Reply { return Reply{} }

func smsArrives(x *texter) {
	x.run("some", takesAll, func(x *texter) {
		to, other := smsPhone(x.T), smsPhone(x.T)
		texts := []string{"Your Parley code is 012345.", "पार्ले: 012345 & <b>+%0A", "two\nlines"}
		for i, text := range texts {
			x.deliver(to, text)
			x.received(to, texts[:i+1]...)
		}
		x.received(other)
	})
}

func smsParallel(x *texter) {
	x.run("forty", takesAll, func(x *texter) {
		var all sync.WaitGroup
		phones := []phone.Number{smsPhone(x.T), smsPhone(x.T), smsPhone(x.T), smsPhone(x.T)}
		for _, to := range phones {
			for i := range 10 {
				all.Go(func() { x.deliver(to, fmt.Sprint(to, i)) })
			}
		}
		all.Wait()
		for _, to := range phones {
			got := x.rig.Received(to)
			slices.Sort(got)
			if len(slices.Compact(got)) != 10 || slices.ContainsFunc(got, func(s string) bool { return !strings.HasPrefix(s, to.String()) }) {
				x.Errorf("%v has %q", to, got)
			}
		}
	})
}

func smsOver(x *texter) {
	x.run("cancelled", takesAll, func(x *texter) {
		ctx, cancel := context.WithCancel(x.Context())
		cancel()
		to := smsPhone(x.T)
		x.expectOver(x.send(ctx, to, smsSecret), context.Canceled, to)
		if x.received(to); x.calls(to, smsSecret) != 0 {
			x.Error("called the company")
		}
	})
}

// expectOver wants an error that is the caller's own, which is no verdict of the company's.
func (x *texter) expectOver(err, want error, to phone.Number) {
	x.Helper()
	if !errors.Is(err, want) {
		x.Errorf("failed with %v, want %v", err, want)
	}
	if f := new(fault.Error); errors.As(err, &f) {
		x.Errorf("%v is no %s", want, f.Code)
	}
	expectSilence(x.T, err, smsHidden(to)...)
}

var smsPhones atomic.Uint32

// smsPhone is a number that nobody has, +1 555 01xx in some area code, and another one each time.
func smsPhone(t *testing.T) phone.Number {
	t.Helper()
	next := smsPhones.Add(1)
	n, err := phone.Parse(fmt.Sprintf("+1%03d55501%02d", 200+next/100%800, next%100))
	if err != nil {
		t.Fatal(err)
	}
	return n
}
