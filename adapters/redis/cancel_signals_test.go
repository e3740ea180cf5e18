package redis

import (
	"context"
	"testing"
	"time"

	"github.com/kuvaka-tech/parley/core/id"
	"github.com/kuvaka-tech/parley/ports"
	"github.com/kuvaka-tech/parley/ports/portstest"
	"github.com/kuvaka-tech/parley/tests/rig"
)

func TestCancelSignals(t *testing.T) {
	portstest.CancelSignals(t, func(t *testing.T) (here, there ports.CancelSignals) {
		client, prefix := sharedServer(t)
		other, _ := sharedServer(t)
		return NewCancelSignals(client, prefix, newSubscriber(t, client)),
			NewCancelSignals(other, prefix, newSubscriber(t, other))
	})
}

// receiveInBackground starts a Receive that calls handle. The channel receives its result.
func receiveInBackground(t *testing.T, s *CancelSignals, handle func(id.ID)) <-chan error {
	ctx, cancel := context.WithCancel(t.Context())
	done, stopped := make(chan error, 1), make(chan struct{})
	t.Cleanup(func() { cancel(); <-stopped })
	go func() {
		defer close(stopped)
		done <- s.Receive(ctx, handle)
	}()
	return done
}

// The signals share the connection of the followers.
func TestSlowCancelHandlerDoesNotDelayFollowers(t *testing.T) {
	l := liveOnSharedServer(t)
	signals := NewCancelSignals(l.client, l.keyPrefix, l.subscriber)
	room := announcedRoom(t, l)
	f := follow(t, l, room)
	f.wantRev(t, 1)
	handling, release := make(chan id.ID), make(chan struct{})
	receiveInBackground(t, signals, func(replyID id.ID) {
		handling <- replyID
		<-release
	})
	t.Cleanup(func() { close(release) })
	replyID := sendUntilHandled(t, signals, handling)
	for rev := int64(2); rev < 10; rev++ {
		if err := signals.Send(t.Context(), replyID); err != nil {
			t.Fatalf("sending a signal: %v", err)
		}
		announce(t, l, room, rev)
		f.wantRev(t, rev)
	}
}

// sendUntilHandled sends a signal until it is handled, because signals are lost until the
// receiver listens.
func sendUntilHandled(t *testing.T, s *CancelSignals, handling <-chan id.ID) id.ID {
	t.Helper()
	replyID := newID(t)
	rig.Eventually(t, patience, "a signal arrives", func() bool {
		if err := s.Send(t.Context(), replyID); err != nil {
			t.Fatalf("sending a signal: %v", err)
		}
		select {
		case <-handling:
			return true
		case <-time.After(10 * time.Millisecond):
			return false
		}
	})
	return replyID
}

func TestCloseEndsReceiveWithAnError(t *testing.T) {
	client, prefix := sharedServer(t)
	subscriber := newSubscriber(t, client)
	signals := NewCancelSignals(client, prefix, subscriber)
	handling := make(chan id.ID, 1000)
	done := receiveInBackground(t, signals, func(replyID id.ID) { handling <- replyID })
	sendUntilHandled(t, signals, handling)
	subscriber.Close()
	if err := receive(t, done, "Receive to end"); err == nil {
		t.Error("Close ended Receive without an error")
	}
	if err := signals.Receive(t.Context(), func(id.ID) {}); err == nil {
		t.Error("Receive after Close returned nil, want an error")
	}
}
