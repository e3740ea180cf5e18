package watermill

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/kuvaka-tech/parley/core/reply"
)

const (
	// ackWait is how long a message may be without an ack or a sign of work before JetStream
	// delivers it to another consumer. After this time, the worker has probably crashed.
	ackWait = 30 * time.Second
	// maxPulls is the maximum number of consumers that wait for a message. JetStream's default
	// is 512, which limits the number of worker processes.
	maxPulls = 10_000
)

// The limits of the stream. When one is reached, JetStream discards the oldest messages.
const (
	// maxStoredAge is as long as a reply may be expected to wait. Sweeps have found the replies
	// of older wake-ups.
	maxStoredAge      = reply.MaxWait
	maxStoredMessages = 100_000
	maxStoredBytes    = 32 << 20
	// maxStoredSize is the maximum size of a message. A wake-up is an id of 36 bytes.
	maxStoredSize = 1024
)

// subject returns the subject of a topic.
func subject(prefix, topic string) string { return prefix + "." + topic }

// streamName returns the name of the stream of a topic. Names of streams have no dots.
func streamName(prefix, topic string) string { return prefix + "-" + topic }

// createStream creates the stream of a topic if it does not exist. It does not change an
// existing stream, because an operator may have created it, for example with replicas.
//
// The stream is in memory, because the store has all replies. It is a work queue: JetStream
// deletes a message when it is acked.
func (s *natsStream) createStream(ctx context.Context, topic string) error {
	ctx, cancel := context.WithTimeout(ctx, setUpTimeout)
	defer cancel()
	_, err := s.js.CreateStream(ctx, jetstream.StreamConfig{
		Name:        streamName(s.prefix, topic),
		Description: "wake-ups of Parley: may be deleted at any time",
		Subjects:    []string{subject(s.prefix, topic)},
		Retention:   jetstream.WorkQueuePolicy,
		Storage:     jetstream.MemoryStorage,
		Discard:     jetstream.DiscardOld,
		MaxAge:      maxStoredAge,
		MaxMsgs:     maxStoredMessages,
		MaxBytes:    maxStoredBytes,
		MaxMsgSize:  maxStoredSize,
		Replicas:    1,
	})
	if err == nil || errors.Is(err, jetstream.ErrStreamNameAlreadyInUse) || s.hasStream(ctx, topic) {
		return nil
	}
	return fmt.Errorf("creating the stream: %w", err)
}

// hasStream reports whether the stream of a topic exists. If two processes create it at the same time,
// the server may tell one of them that the subjects overlap with those of another stream.
func (s *natsStream) hasStream(ctx context.Context, topic string) bool {
	_, err := s.js.Stream(ctx, streamName(s.prefix, topic))
	return err == nil
}

// createConsumer creates the stream and the durable consumer that all workers share, if they
// do not exist.
func (s *natsStream) createConsumer(ctx context.Context, topic string) (jetstream.Consumer, error) {
	if err := s.createStream(ctx, topic); err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, setUpTimeout)
	defer cancel()
	c, err := s.js.CreateOrUpdateConsumer(ctx, streamName(s.prefix, topic), jetstream.ConsumerConfig{
		Durable:       group,
		AckPolicy:     jetstream.AckExplicitPolicy,
		AckWait:       s.ackWait,
		MaxAckPending: -1, // each subscription holds only one message
		MaxWaiting:    maxPulls,
	})
	if err != nil {
		return nil, fmt.Errorf("creating the consumer: %w", err)
	}
	return c, nil
}
