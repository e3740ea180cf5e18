package portstest

import (
	"context"
	"runtime"
	"sync/atomic"
	"testing"

	"github.com/kuvaka-tech/parley/core/id"
	"github.com/kuvaka-tech/parley/ports"
)

// CancelSignals is the contract of ports.CancelSignals. open returns what two processes
// use, which may be the same adapter. The port allows signals to be lost and duplicated.
// The adapters of the test must not lose a signal after its receiver has started, but may
// deliver it more than once.
func CancelSignals(t *testing.T, open func(t *testing.T) (here, there ports.CancelSignals)) {
	newFixture := func(t *testing.T) *cancelSignalsTest {
		here, there := open(t)
		return &cancelSignalsTest{T: t, here: here, there: there}
	}
	runSuite(t, newFixture, []requirement[*cancelSignalsTest]{
		{"every receiver in every process receives every signal", (*cancelSignalsTest).broadcast},
		{"signals from several senders all arrive", (*cancelSignalsTest).manySenders},
		{"a receiver handles one signal at a time", (*cancelSignalsTest).oneAtATime},
		{"a slow receiver delays neither senders nor other receivers, and misses nothing",
			(*cancelSignalsTest).slowReceiver},
		{"Receive returns nil when its context is cancelled, and others continue", (*cancelSignalsTest).receiveEnds},
		{"Receive with a cancelled context handles nothing and returns nil", (*cancelSignalsTest).receiveCancelled},
		{"Send without a receiver succeeds", (*cancelSignalsTest).sendWithoutReceiver},
		{"Send fails if the context is cancelled, and sends nothing", (*cancelSignalsTest).sendCancelled},
	})
}

// cancelSignalsTest is a test of the signals between two processes.
type cancelSignalsTest struct {
	*testing.T
	here, there ports.CancelSignals
}

func (t *cancelSignalsTest) send(from ports.CancelSignals, replies ...id.ID) {
	t.Helper()
	for _, replyID := range replies {
		must(t, from.Send(t.Context(), replyID))
	}
}

func (t *cancelSignalsTest) newReplies(n int) []id.ID {
	t.Helper()
	replies := make([]id.ID, n)
	for i := range replies {
		replies[i] = newID(t)
	}
	return replies
}

func (t *cancelSignalsTest) broadcast() {
	receivers := []*signalReceiver{t.receiveFrom(t.here), t.receiveFrom(t.there), t.receiveFrom(t.there)}
	for _, from := range []ports.CancelSignals{t.here, t.there} {
		replies := t.newReplies(20)
		t.send(from, replies...)
		for _, r := range receivers {
			r.wantAll(replies)
		}
	}
}

func (t *cancelSignalsTest) manySenders() {
	r := t.receiveFrom(t.there)
	replies := t.newReplies(100)
	errs := concurrently(len(replies), func(i int) error {
		if i%2 == 0 {
			return t.here.Send(t.Context(), replies[i])
		}
		return t.there.Send(t.Context(), replies[i])
	})
	for _, err := range errs {
		must(t, err)
	}
	r.wantAll(replies)
}

func (t *cancelSignalsTest) oneAtATime() {
	var handling atomic.Int32
	r := t.receiveWith(t.here, func(replyID id.ID, deliver func(id.ID)) {
		if n := handling.Add(1); n != 1 {
			t.Errorf("the receiver handles %d signals at a time, want 1", n)
		}
		deliver(replyID)
		runtime.Gosched()
		handling.Add(-1)
	})
	replies := t.newReplies(50)
	t.send(t.here, replies...)
	r.wantAll(replies)
}

// The slow receiver is blocked in the handle of a signal until the test receives it.
func (t *cancelSignalsTest) slowReceiver() {
	slow, other := t.receiveFrom(t.here), t.receiveFrom(t.here)
	remote := t.receiveFrom(t.there)
	replies := t.newReplies(1000)
	t.send(t.here, replies...)
	other.wantAll(replies)
	remote.wantAll(replies)
	slow.wantAll(replies)
}

func (t *cancelSignalsTest) receiveEnds() {
	staying := t.receiveFrom(t.here)
	for range 3 {
		leaving := t.receiveFrom(t.here)
		leaving.stop()
		if err := mustAwait(t, leaving.done, "the return of Receive"); err != nil {
			t.Fatalf("Receive returned %v after its context was cancelled, want nil", err)
		}
		replies := t.newReplies(5)
		t.send(t.there, replies...)
		staying.wantAll(replies)
	}
}

func (t *cancelSignalsTest) receiveCancelled() {
	for range 20 {
		t.send(t.here, newID(t))
		err := t.here.Receive(cancelledContext(), func(id.ID) {
			t.Error("Receive with a cancelled context handled a signal")
		})
		if err != nil {
			t.Fatalf("Receive with a cancelled context returned %v, want nil", err)
		}
	}
}

func (t *cancelSignalsTest) sendWithoutReceiver() {
	t.send(t.here, newID(t))
	t.send(t.there, newID(t))
}

func (t *cancelSignalsTest) sendCancelled() {
	r := t.receiveFrom(t.here)
	refused, last := newID(t), newID(t)
	wantError(t, t.here.Send(cancelledContext(), refused), context.Canceled)
	t.send(t.here, last)
	for got := id.ID(""); got != last; {
		got = r.next()
		if got == refused {
			t.Fatal("a signal arrived although Send returned an error")
		}
	}
}
