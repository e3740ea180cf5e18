//go:build linux

package watermill

import (
	"crypto/rand"
	"testing"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/kuvaka-tech/parley/core/id"
	"github.com/kuvaka-tech/parley/tests/logtest"
	"github.com/kuvaka-tech/parley/tests/rig"
)

// natsWakeups is Wakeups on JetStream, with access to the server.
type natsWakeups struct {
	*testing.T
	*Wakeups
	*natsStream
	conn *nats.Conn
	name string // of the stream
	log  *logtest.Buffer
}

// onNATS returns Wakeups on a server. They have a separate connection.
func onNATS(t *testing.T, server *rig.NATS, prefix string) *natsWakeups {
	t.Helper()
	return onNATSAt(t, server.URL(), prefix)
}

func onNATSAt(t *testing.T, address, prefix string) *natsWakeups {
	t.Helper()
	log := new(logtest.Buffer)
	conn, err := OpenNATS(address, log.Logger())
	if err != nil {
		t.Fatalf("OpenNATS failed: %v", err)
	}
	t.Cleanup(conn.Close)
	w, err := NewJetStream(conn, prefix, log.Logger())
	if err != nil {
		t.Fatalf("NewJetStream failed: %v", err)
	}
	t.Cleanup(func() { w.Close() })
	return &natsWakeups{
		T:          t,
		Wakeups:    w,
		natsStream: w.pubsub.(*natsStream),
		conn:       conn,
		name:       streamName(prefix, topic),
		log:        log,
	}
}

// newPrefix returns a prefix for the names of one test.
func newPrefix() string { return "test-" + rand.Text() }

// Close closes the Wakeups.
func (w *natsWakeups) Close() error { return w.Wakeups.Close() }

func (w *natsWakeups) consume(handle func(id.ID)) *consumption {
	w.Helper()
	return startConsume(w.T, w.Wakeups, handle)
}

func (w *natsWakeups) wake(n int) {
	w.Helper()
	wake(w.T, w.Wakeups, n)
}

// stored returns the number of messages in the stream, or -1 if it does not exist.
func (w *natsWakeups) stored() int {
	stream, err := w.js.Stream(w.Context(), w.name)
	if err != nil {
		return -1
	}
	return int(stream.CachedInfo().State.Msgs)
}

func (w *natsWakeups) waitUntilEmpty() {
	w.Helper()
	rig.Eventually(w.T, patience, "the stream is empty", func() bool { return w.stored() == 0 })
}

// consumerInfo returns the state of the durable consumer.
func (w *natsWakeups) consumerInfo() *jetstream.ConsumerInfo {
	w.Helper()
	c, err := w.js.Consumer(w.Context(), w.name, group)
	if err != nil {
		w.Fatalf("reading the state of the consumer: %v", err)
	}
	return c.CachedInfo()
}

// checkHandles sends n wake-ups and waits until a consumer has handled all of them.
func (w *natsWakeups) checkHandles(c *consumption, n int) {
	w.Helper()
	for i := range n {
		w.wake(1000 + i)
	}
	for i := range n {
		c.waitFor(1000 + i)
	}
}
