// Package watermill carries wake-ups over Watermill's publishers and subscribers.
package watermill

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"

	"github.com/ThreeDotsLabs/watermill"
	"github.com/ThreeDotsLabs/watermill/message"

	"github.com/kuvaka-tech/parley/core/id"
)

const topic = "replies"

// errClosed ends a Consume whose subscription ended before its ctx did.
var errClosed = errors.New("the queue is closed")

// pubsub is where wake-ups go and come from. Its subscribers compete: a
// message goes to one of them, and to another one when that did not ack it.
type pubsub interface {
	message.Publisher
	message.Subscriber
	// taken is told of each message that a consumer hands on.
	taken()
}

// Queue is a ports.Queue. A message's payload is the reply's id and nothing else.
type Queue struct {
	pubsub    pubsub
	log       *slog.Logger
	life      context.Context // over when the queue is closed
	end       context.CancelFunc
	mu        sync.Mutex // no consumer comes in while Close begins to wait
	consumers sync.WaitGroup
}

func newQueue(p pubsub, log *slog.Logger) *Queue {
	life, end := context.WithCancel(context.Background())
	return &Queue{pubsub: p, log: log, life: life, end: end}
}

// Wake fails when ctx is over or the queue is closed.
func (q *Queue) Wake(ctx context.Context, reply id.ID) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	m := message.NewMessageWithContext(ctx, string(reply), message.Payload(reply))
	if err := q.pubsub.Publish(topic, m); err != nil {
		return fmt.Errorf("publishing a wake-up: %w", err)
	}
	return nil
}

// Consume gives handle a ctx with its own ctx's values that is never over, and
// acks when it returns. It fails when the queue is closed.
func (q *Queue) Consume(ctx context.Context, handle func(ctx context.Context, reply id.ID)) error {
	if !q.enter() {
		return errClosed
	}
	defer q.consumers.Done()
	messages, err := q.pubsub.Subscribe(ctx, topic)
	if err != nil {
		return fmt.Errorf("subscribing to wake-ups: %w", err)
	}
	for {
		m, err := q.next(ctx, messages)
		if errors.Is(err, errClosed) {
			return err
		}
		if err != nil {
			return nil
		}
		q.take(ctx, m, handle)
	}
}

// next fails with ctx's error or errClosed; what came too late for this consumer another one may have.
func (q *Queue) next(ctx context.Context, messages <-chan *message.Message) (m *message.Message, err error) {
	select {
	case <-ctx.Done():
	case <-q.life.Done():
	case m = <-messages:
	}
	if err = ctx.Err(); err == nil && (m == nil || q.life.Err() != nil) {
		err = errClosed
	}
	if err != nil && m != nil {
		m.Nack()
	}
	return m, err
}

func (q *Queue) take(ctx context.Context, m *message.Message, handle func(ctx context.Context, reply id.ID)) {
	q.pubsub.taken()
	defer m.Ack()
	reply, ok := id.Parse(string(m.Payload))
	if !ok {
		q.log.Warn("dropped a wake-up that is no reply's id", "bytes", len(m.Payload))
		return
	}
	handle(context.WithoutCancel(ctx), reply)
}

// Close ends every Consume and returns when the last one has. It must not be called by a handle.
func (q *Queue) Close() error {
	q.mu.Lock()
	q.end()
	q.mu.Unlock()
	err := q.pubsub.Close()
	q.consumers.Wait()
	if err != nil {
		return fmt.Errorf("closing the queue: %w", err)
	}
	return nil
}

func (q *Queue) enter() bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.life.Err() != nil {
		return false
	}
	q.consumers.Add(1)
	return true
}

// logger passes on Watermill's errors as they are, and what it does each time or all the time at lower levels.
func logger(log *slog.Logger) watermill.LoggerAdapter {
	return watermill.NewSlogLoggerWithLevelMapping(log, map[slog.Level]slog.Level{
		slog.LevelInfo: slog.LevelDebug, slog.LevelDebug: watermill.LevelTrace,
	})
}
