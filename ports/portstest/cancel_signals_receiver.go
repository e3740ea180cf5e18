package portstest

import (
	"context"
	"time"

	"github.com/kuvaka-tech/parley/core/id"
	"github.com/kuvaka-tech/parley/ports"
)

// signalReceiver runs one Receive. Its handle blocks until the test takes the signal.
type signalReceiver struct {
	*cancelSignalsTest
	handling chan id.ID
	stop     context.CancelFunc
	done     chan error // the result of Receive
}

// receiveFrom starts a receiver and waits until signals arrive.
func (t *cancelSignalsTest) receiveFrom(signals ports.CancelSignals) *signalReceiver {
	t.Helper()
	return t.receiveWith(signals, func(replyID id.ID, deliver func(id.ID)) { deliver(replyID) })
}

// receiveWith starts a receiver with this handle, which must call deliver, and waits until
// signals arrive.
func (t *cancelSignalsTest) receiveWith(
	signals ports.CancelSignals, handle func(replyID id.ID, deliver func(id.ID)),
) *signalReceiver {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	r := &signalReceiver{
		cancelSignalsTest: t,
		handling:          make(chan id.ID),
		stop:              cancel,
		done:              make(chan error, 1),
	}
	deliver := func(replyID id.ID) {
		select {
		case r.handling <- replyID:
		case <-ctx.Done():
		}
	}
	stopped := make(chan struct{})
	go func() {
		defer close(stopped)
		r.done <- signals.Receive(ctx, func(replyID id.ID) { handle(replyID, deliver) })
	}()
	t.Cleanup(func() { cancel(); <-stopped })
	r.waitUntilListening()
	return r
}

// waitUntilListening sends signals until one arrives, and handles all that were sent.
func (r *signalReceiver) waitUntilListening() {
	r.Helper()
	for range 500 {
		probe := newID(r)
		r.send(r.here, probe)
		select {
		case first := <-r.handling:
			for first != probe {
				first = r.next()
			}
			return
		case <-time.After(20 * time.Millisecond):
		}
	}
	r.Fatal("none of 500 signals arrived")
}

// next returns the reply of the next signal.
func (r *signalReceiver) next() id.ID {
	r.Helper()
	return mustAwait(r, r.handling, "a signal")
}

// wantAll handles signals until each of these replies had one.
func (r *signalReceiver) wantAll(replies []id.ID) {
	r.Helper()
	missing := map[id.ID]bool{}
	for _, replyID := range replies {
		missing[replyID] = true
	}
	for len(missing) > 0 {
		delete(missing, r.next())
	}
}
