//go:build linux

package watermill

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/kuvaka-tech/parley/core/id"
	"github.com/kuvaka-tech/parley/ports"
	"github.com/kuvaka-tech/parley/ports/portstest"
	"github.com/kuvaka-tech/parley/tests/rig"
)

func TestWakeupsOnJetStream(t *testing.T) {
	server := rig.NewNATS(t)
	portstest.Wakeups(t, func(t *testing.T) ports.Wakeups { return onNATS(t, server, newPrefix()).Wakeups })
}

func TestWakeupsOnJetStreamBetweenProcesses(t *testing.T) {
	server := rig.NewNATS(t)
	portstest.Wakeups(t, func(t *testing.T) ports.Wakeups {
		prefix := newPrefix()
		return twoProcesses{onNATS(t, server, prefix).Wakeups, onNATS(t, server, prefix).Wakeups}
	})
}

// Handled wake-ups are deleted, so the stream does not grow. Each is handled once.
func TestHandledMessagesAreDeleted(t *testing.T) {
	w := onNATS(t, rig.NewNATS(t), newPrefix())
	for i := range 1000 {
		w.wake(i)
	}
	if n := w.stored(); n != 1000 {
		t.Fatalf("the stream has %d messages, want 1000", n)
	}
	consumers := []*consumption{w.consume(nil), w.consume(nil)}
	w.waitUntilEmpty()
	for i := range 1000 {
		if n := consumers[0].count(i) + consumers[1].count(i); n != 1 {
			t.Fatalf("wake-up %d was handled %d times, want once", i, n)
		}
	}
}

// A wake-up whose handle takes longer than the ack wait is not delivered again.
func TestALongHandleIsNotRepeated(t *testing.T) {
	w := onNATS(t, rig.NewNATS(t), newPrefix())
	w.ackWait = 300 * time.Millisecond
	started, release := make(chan struct{}, 10), make(chan struct{})
	blocked := w.consume(func(id.ID) { started <- struct{}{}; <-release })
	w.wake(1)
	<-started
	free := w.consume(nil)
	time.Sleep(5 * w.ackWait)
	close(release)
	blocked.waitFor(1)
	w.waitUntilEmpty()
	if n := blocked.count(1) + free.count(1); n != 1 {
		t.Errorf("a wake-up with a long handle was handled %d times, want once", n)
	}
}

// The wake-up of a worker that has crashed goes to another one.
func TestMessagesOfADeadConsumerAreDeliveredAgain(t *testing.T) {
	w := onNATS(t, rig.NewNATS(t), newPrefix())
	w.ackWait = 300 * time.Millisecond
	dead, err := w.createConsumer(t.Context(), topic)
	if err != nil {
		t.Fatalf("creating the consumer: %v", err)
	}
	w.wake(1)
	if _, err := dead.Next(); err != nil {
		t.Fatalf("receiving a wake-up without acking it: %v", err)
	}
	w.consume(nil).waitFor(1)
	w.waitUntilEmpty()
}

// A consumer that blocks holds the message that it handles, and no other one.
func TestABlockedConsumerHoldsOneMessage(t *testing.T) {
	w := onNATS(t, rig.NewNATS(t), newPrefix())
	started, release := make(chan struct{}, 10), make(chan struct{})
	defer close(release)
	w.consume(func(id.ID) { started <- struct{}{}; <-release })
	for i := range 5 {
		w.wake(i)
	}
	<-started
	time.Sleep(100 * time.Millisecond)
	if info := w.consumerInfo(); info.NumAckPending != 1 || info.NumPending != 4 {
		t.Errorf("%d messages are held and %d wait, want 1 and 4", info.NumAckPending, info.NumPending)
	}
}

// The message that is handled when a consumer stops is still acked.
func TestTheLastMessageIsAcked(t *testing.T) {
	w := onNATS(t, rig.NewNATS(t), newPrefix())
	started, release := make(chan struct{}), make(chan struct{})
	c := w.consume(func(id.ID) { close(started); <-release })
	w.wake(1)
	<-started
	go w.Close()
	close(release)
	if err := c.result(); !errors.Is(err, errClosed) {
		t.Errorf("Consume returned %v after Close, want errClosed", err)
	}
	w.waitUntilEmpty()
	if err := w.Wake(t.Context(), replyID(2)); !errors.Is(err, errClosed) {
		t.Errorf("Wake after Close returned %v, want errClosed", err)
	}
	if !w.conn.IsConnected() {
		t.Error("Close has closed the connection of the caller")
	}
}

func TestANormalRunOnJetStreamIsNotLogged(t *testing.T) {
	w := onNATS(t, rig.NewNATS(t), newPrefix())
	c := w.consume(nil)
	w.checkHandles(c, 10)
	if err := CheckJetStream(context.Background(), w.conn, w.prefix); err != nil {
		t.Errorf("CheckJetStream failed: %v", err)
	}
	c.stop()
	if err := c.result(); err != nil || w.log.String() != "" {
		t.Errorf("Consume = %v and log = %s, want nil and an empty log", err, w.log)
	}
}
