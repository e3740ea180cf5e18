//go:build linux

package fault

import (
	"context"
	"testing"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/kuvaka-tech/parley/tests/rig"
)

const (
	natsStream  = "parley-replies" // the stream of wake-ups in JetStream
	natsSubject = "parley.replies" // of the wake-ups
)

// natsQueue is the stream of wake-ups in JetStream.
type natsQueue struct {
	*rig.NATS
	js jetstream.JetStream
}

// newNATSStack is newStack with a NATS that carries the wake-ups.
func newNATSStack(t *testing.T, act func(prompt string, call int) rig.Act) (*stack, natsQueue) {
	t.Helper()
	s := newStack(t, act)
	server := rig.NewNATS(t)
	q := natsQueue{server, server.JetStream()}
	s.wakeups = q
	s.env = append(s.env, "NATS_URL="+server.URL())
	return s, q
}

func (q natsQueue) count() int {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	found, err := q.js.Stream(ctx, natsStream)
	if err != nil {
		q.Fatalf("read the state of the stream: %v", err)
	}
	return int(found.CachedInfo().State.Msgs)
}

// read returns how many messages JetStream has delivered to workers. It returns 0 while the
// consumer does not exist.
func (q natsQueue) read() int {
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	c, err := q.js.Consumer(ctx, natsStream, "workers")
	if err != nil {
		return 0
	}
	return int(c.CachedInfo().Delivered.Consumer)
}

// lose deletes the stream and its consumer.
func (q natsQueue) lose() {
	q.Helper()
	q.DeleteStream(q.js, natsStream)
}
