//go:build linux

package watermill

import (
	"errors"
	"testing"
	"time"

	"github.com/kuvaka-tech/parley/core/id"
	"github.com/kuvaka-tech/parley/tests/rig"
)

// Consumers and Wake create what was lost.
func TestALostStreamIsCreatedAgain(t *testing.T) {
	for name, lose := range map[string]func(w *natsWakeups, server *rig.NATS){
		"stream deleted": func(w *natsWakeups, server *rig.NATS) { server.DeleteStream(w.js, w.name) },
		"consumer deleted": func(w *natsWakeups, _ *rig.NATS) {
			if err := w.js.DeleteConsumer(w.Context(), w.name, group); err != nil {
				w.Fatalf("deleting the consumer: %v", err)
			}
		},
		"restart": func(w *natsWakeups, server *rig.NATS) {
			server.Kill()
			server.Start()
			rig.Eventually(w.T, patience, "the connection is there again", w.conn.IsConnected)
		},
	} {
		t.Run(name, func(t *testing.T) { checkLostStream(t, lose) })
	}
}

func checkLostStream(t *testing.T, lose func(w *natsWakeups, server *rig.NATS)) {
	server := rig.NewNATS(t)
	w := onNATS(t, server, newPrefix())
	c := w.consume(nil)
	for i := range 3 {
		w.wake(i)
		c.waitFor(i)
		lose(w, server)
		rig.Eventually(t, patience, "wake-ups are handled again", func() bool {
			_ = w.Wake(t.Context(), replyID(100+i))
			return c.count(100+i) > 0
		})
		w.waitUntilEmpty()
	}
	if w.log.Count("level=WARN") > 3 || w.log.Count("level=ERROR") > 0 {
		t.Errorf("log after 3 losses = %s, want at most a warning for each", w.log)
	}
}

// Without a consumer, as in a process that serves only the API, Wake creates the stream.
func TestWakeCreatesTheStream(t *testing.T) {
	server := rig.NewNATS(t)
	w := onNATS(t, server, newPrefix())
	for i := range 3 {
		w.wake(i)
		if n := w.stored(); n != 1 {
			t.Errorf("the stream has %d messages, want 1", n)
		}
		server.DeleteStream(w.js, w.name)
	}
}

// The stream is deleted while a message is handled.
func TestAStreamIsLostDuringAHandle(t *testing.T) {
	server := rig.NewNATS(t)
	w := onNATS(t, server, newPrefix())
	started, release := make(chan struct{}, 10), make(chan struct{})
	c := w.consume(func(id.ID) { started <- struct{}{}; <-release })
	w.wake(1)
	<-started
	server.DeleteStream(w.js, w.name)
	close(release)
	c.waitFor(1)
	w.wake(2)
	c.waitFor(2)
	w.waitUntilEmpty()
}

// Wake fails soon, so that requests do not wait. Consume continues after the outage.
func TestALongOutageOfNATS(t *testing.T) {
	server := rig.NewNATS(t)
	w := onNATS(t, server, newPrefix())
	c := w.consume(nil)
	w.wake(1)
	c.waitFor(1)
	server.Kill()
	rig.Eventually(t, patience, "Wake fails", func() bool { return w.Wake(t.Context(), replyID(2)) != nil })
	w.checkWakeFailsWithin(publishTimeout + time.Second)
	late := w.consume(nil) // starts during the outage
	rig.Eventually(t, patience, "the outage is logged", func() bool { return w.log.Count("level=WARN") == 1 })
	if err := CheckJetStream(t.Context(), w.conn, w.prefix); err == nil {
		t.Error("CheckJetStream during an outage succeeded")
	}
	time.Sleep(3 * resubscribeDelay)
	if len(c.ended)+len(late.ended) > 0 {
		t.Fatal("a Consume has returned during an outage, want it to go on")
	}
	server.Start()
	rig.Eventually(t, patience, "both consumers handle wake-ups", func() bool {
		_ = w.Wake(t.Context(), replyID(3))
		return c.count(3) > 0 && late.count(3) > 0
	})
	if w.log.Count("level=WARN") != 1 || w.log.Count("level=INFO") != 1 || w.log.Count("level=ERROR") != 0 {
		t.Errorf("log = %s, want one line for the begin of the outage and one for its end", w.log)
	}
}

// checkWakeFailsWithin checks that Wake fails and does not take much longer than allowed.
func (w *natsWakeups) checkWakeFailsWithin(limit time.Duration) {
	w.Helper()
	began := time.Now()
	if err := w.Wake(w.Context(), replyID(9)); err == nil {
		w.Error("Wake during an outage succeeded")
	}
	if took := time.Since(began); took > limit {
		w.Errorf("Wake during an outage took %v, want at most %v", took, limit)
	}
}

// A server that does not respond keeps its connections. The pings notice it.
func TestASuspendedServer(t *testing.T) {
	server := rig.NewNATS(t)
	w := onNATS(t, server, newPrefix())
	c := w.consume(nil)
	w.wake(1)
	c.waitFor(1)
	thaw := server.Freeze()
	w.checkWakeFailsWithin(publishTimeout + time.Second)
	rig.Eventually(t, patience, "the connection counts as lost", func() bool { return !w.conn.IsConnected() })
	thaw()
	rig.Eventually(t, patience, "wake-ups are handled again", func() bool {
		_ = w.Wake(t.Context(), replyID(2))
		return c.count(2) > 0
	})
}

// A process also starts without NATS, and uses it when it is there.
func TestNATSIsUnavailableAtTheStart(t *testing.T) {
	server := rig.NewNATS(t)
	server.Kill()
	w := onNATS(t, server, newPrefix())
	c := w.consume(nil)
	if err := w.Wake(t.Context(), replyID(1)); err == nil {
		t.Error("Wake without a server succeeded")
	}
	server.Start()
	rig.Eventually(t, patience, "a wake-up is handled", func() bool {
		_ = w.Wake(t.Context(), replyID(2))
		return c.count(2) > 0
	})
}

func TestConsumeEndsDuringAnOutage(t *testing.T) {
	server := rig.NewNATS(t)
	w := onNATS(t, server, newPrefix())
	c, other := w.consume(nil), w.consume(nil)
	w.wake(1)
	server.Kill()
	c.stop()
	if err := c.result(); err != nil {
		t.Errorf("Consume whose context ended during an outage returned %v, want nil", err)
	}
	w.conn.Close()
	if err := other.result(); !errors.Is(err, errClosed) {
		t.Errorf("Consume with a closed connection returned %v, want errClosed", err)
	}
}
