package watermill

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"github.com/ThreeDotsLabs/watermill"
	"github.com/ThreeDotsLabs/watermill-redisstream/pkg/redisstream"
	"github.com/ThreeDotsLabs/watermill/message"
	"github.com/redis/go-redis/v9"
)

const (
	// group is the consumer group that all consumers join, and the durable consumer of JetStream.
	group = "workers"
	// blockTime limits a read that waits for an entry. Such a read does not end with its
	// context, so a consumer may need this long to stop.
	blockTime = 200 * time.Millisecond
	// claimAfter is how long an entry may be pending before another consumer claims it.
	// After this time, the first consumer has probably crashed or has no capacity.
	claimAfter = time.Minute
	// consumerTimeout is how long a consumer must be idle before it is removed from the
	// group. It is long, because the removal loses the consumer's pending entries.
	consumerTimeout = 24 * time.Hour
	// resubscribeDelay is the time between two attempts to subscribe.
	resubscribeDelay = 500 * time.Millisecond
)

// NewRedis returns Wakeups on a Redis Stream. All processes with the same key prefix
// share the stream. The caller must close the Wakeups. Close does not close the client.
//
// The client should have short timeouts, because Wake waits for it. Consume continues
// after an outage of Redis, even if the stream was lost. Sweeps find the replies of
// lost wake-ups.
func NewRedis(client redis.UniversalClient, keyPrefix string, log *slog.Logger) (*Wakeups, error) {
	s, err := newStreams(client, keyPrefix, log)
	if err != nil {
		return nil, err
	}
	return newWakeups(s, log), nil
}

// streams is a pubsub on package redisstream. Each subscription is one consumer. The
// type consumer works around the limits of redisstream.
type streams struct {
	*subscriptions
	publisher  *redisstream.Publisher
	client     redis.UniversalClient
	keyPrefix  string
	log        *slog.Logger
	streamLog  watermill.LoggerAdapter // for redisstream
	claimAfter time.Duration
}

func newStreams(client redis.UniversalClient, keyPrefix string, log *slog.Logger) (*streams, error) {
	streamLog := newStreamLogger(log)
	config := redisstream.PublisherConfig{Client: client, Marshaller: payloadMarshaller{}}
	publisher, err := redisstream.NewPublisher(config, streamLog)
	if err != nil {
		return nil, fmt.Errorf("creating a publisher on Redis: %w", err)
	}
	return &streams{
		subscriptions: newSubscriptions(),
		publisher:     publisher,
		client:        client,
		keyPrefix:     keyPrefix,
		log:           log,
		streamLog:     streamLog,
		claimAfter:    claimAfter,
	}, nil
}

// newStreamLogger returns a logger that moves the errors of redisstream to the debug
// level. redisstream would log an error twice a second. No error is lost: Publish
// returns it, or the consumer logs it once.
func newStreamLogger(log *slog.Logger) watermill.LoggerAdapter {
	return watermill.NewSlogLoggerWithLevelMapping(log, map[slog.Level]slog.Level{
		slog.LevelError: slog.LevelDebug,
		slog.LevelInfo:  slog.LevelDebug,
		slog.LevelDebug: watermill.LevelTrace,
	})
}

// Publish implements message.Publisher. It does not limit the length of the stream,
// because Redis would then delete unread entries. XAck deletes entries.
func (s *streams) Publish(topic string, messages ...*message.Message) error {
	if s.closed() {
		return errClosed
	}
	return s.publisher.Publish(s.keyPrefix+":"+topic, messages...)
}

// Subscribe implements message.Subscriber. The channel is closed when ctx ends or Close is called.
func (s *streams) Subscribe(ctx context.Context, topic string) (<-chan *message.Message, error) {
	c := newConsumer(s, s.keyPrefix+":"+topic)
	if err := s.start(ctx, c.run); err != nil {
		return nil, err
	}
	return c.out, nil
}

// Close stops all consumers and waits for them, and so for running handles. It does not
// call the Close methods of redisstream, because they close the client.
func (s *streams) Close() error {
	s.close()
	return nil
}

// received implements pubsub. It does nothing.
func (s *streams) received() {}

// payloadMarshaller stores only the payload of a message. It never fails to unmarshal
// an entry, because an error would end redisstream's subscription. Wakeups drops
// payloads that are not ids.
type payloadMarshaller struct{}

// payloadField is the field of an entry that has the payload.
const payloadField = "reply"

// Marshal implements redisstream.Marshaller.
func (payloadMarshaller) Marshal(_ string, m *message.Message) (map[string]any, error) {
	return map[string]any{payloadField: string(m.Payload)}, nil
}

// Unmarshal implements redisstream.Unmarshaller.
func (payloadMarshaller) Unmarshal(values map[string]any) (*message.Message, error) {
	payload, _ := values[payloadField].(string)
	return message.NewMessage("", message.Payload(payload)), nil
}
