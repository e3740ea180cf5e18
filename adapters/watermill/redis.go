package watermill

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/ThreeDotsLabs/watermill"
	"github.com/ThreeDotsLabs/watermill-redisstream/pkg/redisstream"
	"github.com/ThreeDotsLabs/watermill/message"
	"github.com/redis/go-redis/v9"
)

const (
	group = "workers"
	// block bounds a read that waits for an entry. It ends with no context, so
	// that a consumer's reading lasts so much longer than the consumer.
	block = 200 * time.Millisecond
	// abandoned is how long an entry is in a consumer's hand before another
	// takes it over: the consumer is dead, or too full to want it.
	abandoned = time.Minute
	// forgotten is how long a consumer must have been silent to be removed,
	// which would remove entries with it that it has just been given.
	forgotten = 24 * time.Hour
	again     = 500 * time.Millisecond // between attempts to subscribe
)

// NewRedis returns a queue on a Redis Stream, which all processes with the same
// name share. It must be closed, and leaves the client open. The client must not
// be patient: Wake waits for it. Consume goes on while Redis is away, and when it
// comes back without the stream; what was in it is due in the store.
func NewRedis(client redis.UniversalClient, name string, log *slog.Logger) (*Queue, error) {
	s, err := newStreams(client, name, log)
	if err != nil {
		return nil, err
	}
	return newQueue(s, log), nil
}

// streams is redisstream with what it lacks. Every consumer reads by itself.
type streams struct {
	publisher *redisstream.Publisher
	client    redis.UniversalClient
	name      string
	log       *slog.Logger
	quiet     watermill.LoggerAdapter
	abandoned time.Duration

	life    context.Context // over when it is closed
	end     context.CancelFunc
	mu      sync.Mutex // no consumer comes in while Close begins to wait
	running sync.WaitGroup
}

func newStreams(client redis.UniversalClient, name string, log *slog.Logger) (*streams, error) {
	// Its errors are returned as well, or told by the consumer, once and not twice a second.
	quiet := watermill.NewSlogLoggerWithLevelMapping(log, map[slog.Level]slog.Level{
		slog.LevelError: slog.LevelDebug, slog.LevelInfo: slog.LevelDebug, slog.LevelDebug: watermill.LevelTrace,
	})
	publisher, err := redisstream.NewPublisher(redisstream.PublisherConfig{Client: client, Marshaller: plain{}}, quiet)
	if err != nil {
		return nil, fmt.Errorf("making a publisher on Redis: %w", err)
	}
	life, end := context.WithCancel(context.Background())
	return &streams{publisher: publisher, client: client, name: name, log: log, quiet: quiet, abandoned: abandoned, life: life, end: end}, nil
}

// Publish appends to the stream without a bound: trimming takes what nobody has
// read, and what was read is deleted.
func (s *streams) Publish(topic string, messages ...*message.Message) error {
	if s.life.Err() != nil {
		return errClosed
	}
	return s.publisher.Publish(s.name+":"+topic, messages...)
}

// Subscribe returns messages until ctx is over or the queue is closed.
func (s *streams) Subscribe(ctx context.Context, topic string) (<-chan *message.Message, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.life.Err() != nil {
		return nil, errClosed
	}
	ctx, cancel := context.WithCancel(ctx)
	stop := context.AfterFunc(s.life, cancel)
	c := newConsumer(s, s.name+":"+topic)
	s.running.Go(func() {
		defer cancel()
		defer stop()
		c.run(ctx)
	})
	return c.out, nil
}

// Close waits for handles that run. It does without redisstream's own, which close the client.
func (s *streams) Close() error {
	s.mu.Lock()
	s.end()
	s.mu.Unlock()
	s.running.Wait()
	return nil
}

func (s *streams) taken() {}

// plain keeps a message as its payload alone, and makes one of any entry: an
// error would end redisstream's subscription. What is no wake-up the queue drops.
type plain struct{}

const field = "reply"

func (plain) Marshal(_ string, m *message.Message) (map[string]any, error) {
	return map[string]any{field: string(m.Payload)}, nil
}

func (plain) Unmarshal(values map[string]any) (*message.Message, error) {
	payload, _ := values[field].(string)
	return message.NewMessage("", message.Payload(payload)), nil
}
