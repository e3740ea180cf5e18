package watermill

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/ThreeDotsLabs/watermill/message"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

const (
	// publishTimeout limits how long Wake waits for JetStream, because requests wait for Wake.
	publishTimeout = time.Second
	// setUpTimeout limits a request that creates the stream or the consumer.
	setUpTimeout = 2 * time.Second
)

// NewJetStream returns Wakeups on a stream of NATS JetStream. All processes with the same name
// share the stream, which the first one creates. The caller must close the Wakeups. Close does
// not close the connection.
//
// The connection should come from OpenNATS. Wake takes at most publishTimeout, also when NATS
// does not respond. Consume continues after an outage of NATS, even if the stream was lost.
// Sweeps find the replies of lost wake-ups.
func NewJetStream(conn *nats.Conn, name string, log *slog.Logger) (*Wakeups, error) {
	s, err := newNATSStream(conn, name, log)
	if err != nil {
		return nil, err
	}
	return newWakeups(s, log), nil
}

// natsStream is a pubsub on a stream of JetStream. All its subscriptions share one durable
// consumer.
type natsStream struct {
	*subscriptions
	conn    *nats.Conn
	js      jetstream.JetStream
	prefix  string
	outage  *outageLog
	ackWait time.Duration
}

func newNATSStream(conn *nats.Conn, prefix string, log *slog.Logger) (*natsStream, error) {
	js, err := jetstream.New(conn)
	if err != nil {
		return nil, fmt.Errorf("creating a client of JetStream: %w", err)
	}
	return &natsStream{
		subscriptions: newSubscriptions(),
		conn:          conn,
		js:            js,
		prefix:        prefix,
		outage:        &outageLog{log: log, system: "nats"},
		ackWait:       ackWait,
	}, nil
}

// Publish implements message.Publisher. If the stream is missing, Publish creates it.
func (s *natsStream) Publish(topic string, messages ...*message.Message) error {
	for _, m := range messages {
		if err := s.publish(m.Context(), topic, m.Payload); err != nil {
			return err
		}
	}
	return nil
}

// publish stores a message in the stream, which it creates if it is missing.
func (s *natsStream) publish(ctx context.Context, topic string, payload []byte) error {
	if s.closed() {
		return errClosed
	}
	if err := checkConnected(s.conn); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, publishTimeout)
	defer cancel()
	err := s.store(ctx, topic, payload)
	if errors.Is(err, jetstream.ErrNoStreamResponse) {
		err = s.createStream(ctx, topic)
		if err == nil {
			err = s.store(ctx, topic, payload)
		}
	}
	return err
}

// store sends a message and waits until the server has stored it. It does not retry, because
// a retry would delay the caller, and a sweep finds the reply.
func (s *natsStream) store(ctx context.Context, topic string, payload []byte) error {
	_, err := s.js.Publish(ctx, subject(s.prefix, topic), payload, jetstream.WithRetryAttempts(0))
	if err != nil {
		return fmt.Errorf("publishing to JetStream: %w", err)
	}
	return nil
}

// Subscribe implements message.Subscriber. The channel is closed when ctx ends or Close is called.
func (s *natsStream) Subscribe(ctx context.Context, topic string) (<-chan *message.Message, error) {
	p := &puller{natsStream: s, topic: topic, out: make(chan *message.Message)}
	if err := s.start(ctx, p.run); err != nil {
		return nil, err
	}
	return p.out, nil
}

// Close stops all subscriptions and waits for them, and so for running handles.
func (s *natsStream) Close() error {
	s.close()
	return nil
}

// received implements pubsub. It does nothing.
func (s *natsStream) received() {}

// CheckJetStream fails when NATS is unavailable, or its JetStream is. A missing stream is no
// error, because the next wake-up creates it.
func CheckJetStream(ctx context.Context, conn *nats.Conn, name string) error {
	if err := checkConnected(conn); err != nil {
		return err
	}
	js, err := jetstream.New(conn)
	if err != nil {
		return fmt.Errorf("creating a client of JetStream: %w", err)
	}
	_, err = js.Stream(ctx, streamName(name, topic))
	if err != nil && !errors.Is(err, jetstream.ErrStreamNotFound) {
		return fmt.Errorf("reading the state of the stream: %w", err)
	}
	return nil
}
