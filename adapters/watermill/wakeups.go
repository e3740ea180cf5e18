// Package watermill implements ports.Wakeups on Watermill's publishers and subscribers.
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

// topic is the name of the only topic.
const topic = "replies"

// errClosed means that Close was called or that a subscription ended.
var errClosed = errors.New("wake-ups are closed")

// pubsub publishes and receives messages. Its subscribers compete: a message goes to
// one of them, and to another one if the first does not ack the message.
type pubsub interface {
	message.Publisher
	message.Subscriber
	// received is called before Consume handles a message.
	received()
}

// Wakeups is a ports.Wakeups. The payload of a message is the id of the reply.
type Wakeups struct {
	pubsub pubsub
	log    *slog.Logger
	ctx    context.Context // ends when Close is called
	cancel context.CancelFunc

	mu        sync.Mutex // protects adding to consumers, so that Close waits for all of them
	consumers sync.WaitGroup
}

func newWakeups(p pubsub, log *slog.Logger) *Wakeups {
	ctx, cancel := context.WithCancel(context.Background())
	return &Wakeups{pubsub: p, log: log, ctx: ctx, cancel: cancel}
}

// Wake implements ports.Wakeups. It fails when ctx has ended and after Close.
func (w *Wakeups) Wake(ctx context.Context, replyID id.ID) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	m := message.NewMessageWithContext(ctx, string(replyID), message.Payload(replyID))
	if err := w.pubsub.Publish(topic, m); err != nil {
		return fmt.Errorf("publishing a wake-up: %w", err)
	}
	return nil
}

// Consume implements ports.Wakeups. It acks a message when handle returns. The ctx
// of handle has the values of Consume's ctx, but never ends. Consume fails when Close
// is called or the subscription ends.
func (w *Wakeups) Consume(ctx context.Context, handle func(ctx context.Context, replyID id.ID)) error {
	if !w.addConsumer() {
		return errClosed
	}
	defer w.consumers.Done()
	messages, err := w.pubsub.Subscribe(ctx, topic)
	if err != nil {
		return fmt.Errorf("subscribing to wake-ups: %w", err)
	}
	for {
		m, err := w.next(ctx, messages)
		switch {
		case errors.Is(err, errClosed):
			return err
		case err != nil: // ctx has ended
			return nil
		}
		w.process(ctx, m, handle)
	}
}

// addConsumer makes Close wait for a consumer. It returns false after Close.
func (w *Wakeups) addConsumer() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.ctx.Err() != nil {
		return false
	}
	w.consumers.Add(1)
	return true
}

// next waits for the next message and returns it. It fails with ctx's error or with
// errClosed. If it has received a message by then, it nacks the message, so that
// another consumer gets it.
func (w *Wakeups) next(ctx context.Context, messages <-chan *message.Message) (m *message.Message, err error) {
	select {
	case <-ctx.Done():
	case <-w.ctx.Done():
	case m = <-messages:
	}
	err = ctx.Err()
	if err == nil && (m == nil || w.ctx.Err() != nil) {
		err = errClosed
	}
	if err != nil && m != nil {
		m.Nack()
	}
	return m, err
}

// process calls handle for a message, unless its payload is invalid, and acks it.
func (w *Wakeups) process(ctx context.Context, m *message.Message, handle func(ctx context.Context, replyID id.ID)) {
	w.pubsub.received()
	defer m.Ack()
	replyID, ok := id.Parse(string(m.Payload))
	if !ok {
		w.log.Warn("dropping a wake-up without a valid reply id", "bytes", len(m.Payload))
		return
	}
	handle(context.WithoutCancel(ctx), replyID)
}

// Close ends every Consume and waits until all have returned. A handle must not call Close.
func (w *Wakeups) Close() error {
	w.mu.Lock()
	w.cancel()
	w.mu.Unlock()
	err := w.pubsub.Close()
	w.consumers.Wait()
	if err != nil {
		return fmt.Errorf("closing wake-ups: %w", err)
	}
	return nil
}

// newLogger returns a logger for Watermill. It keeps the level of errors, and moves
// other messages to lower levels.
func newLogger(log *slog.Logger) watermill.LoggerAdapter {
	return watermill.NewSlogLoggerWithLevelMapping(log, map[slog.Level]slog.Level{
		slog.LevelInfo:  slog.LevelDebug,
		slog.LevelDebug: watermill.LevelTrace,
	})
}
