package watermill

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/ThreeDotsLabs/watermill/message"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// pullTimeout limits one pull. If no message arrives, JetStream says so after 90 % of it. A pull
// from a consumer that was deleted gets no response.
const pullTimeout = 2 * time.Second

// puller is one subscription. It pulls the next message only after the one before is acked, so
// that other subscriptions get the messages while a handle blocks.
type puller struct {
	*natsStream
	topic string
	out   chan *message.Message // the channel that Subscribe returns
}

// run subscribes again and again, until the puller must stop or the connection is closed. It
// then closes out.
func (p *puller) run(ctx context.Context) {
	defer close(p.out)
	for ctx.Err() == nil {
		err := p.subscribe(ctx)
		if err == nil || errors.Is(err, nats.ErrConnectionClosed) {
			return
		}
		if ctx.Err() == nil {
			p.outage.failed(err)
		}
		select {
		case <-time.After(resubscribeDelay):
		case <-ctx.Done():
		}
	}
}

// subscribe creates the stream and the consumer, and delivers messages. It returns nil when
// the puller must stop, and fails when pulling fails, for example because the stream is lost.
func (p *puller) subscribe(ctx context.Context) error {
	if err := checkConnected(p.conn); err != nil {
		return err
	}
	connected, stop := p.whileConnected(ctx)
	defer stop()
	consumer, err := p.createConsumer(connected, p.topic)
	if err != nil {
		return err
	}
	for ctx.Err() == nil {
		m, err := pull(connected, consumer)
		if err != nil {
			return err
		}
		p.outage.works()
		if m != nil && !p.deliver(ctx, m) {
			return nil
		}
	}
	return nil
}

// whileConnected returns a context that ends with ctx and when the connection is lost, because
// JetStream does not respond to a pull that was sent before.
func (p *puller) whileConnected(ctx context.Context) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancel(ctx)
	lost := p.conn.StatusChanged(nats.RECONNECTING, nats.CLOSED)
	go func() {
		select {
		case <-lost:
			cancel()
		case <-ctx.Done():
		}
		p.conn.RemoveStatusListener(lost)
	}()
	return ctx, cancel
}

// pull waits for a message and returns it, or nil if none arrives in time. It fails when the
// consumer is lost, and when JetStream does not respond.
func pull(ctx context.Context, consumer jetstream.Consumer) (jetstream.Msg, error) {
	pulling, cancel := context.WithTimeout(ctx, pullTimeout)
	defer cancel()
	m, err := consumer.Next(jetstream.FetchContext(pulling))
	switch {
	case err == nil:
		return m, nil
	case errors.Is(err, nats.ErrTimeout): // JetStream has said that there is no message
		return nil, nil
	case errors.Is(err, context.DeadlineExceeded):
		return nil, checkConsumer(ctx, consumer)
	}
	return nil, fmt.Errorf("pulling from JetStream: %w", err)
}

// checkConsumer fails when the consumer does not exist any more.
func checkConsumer(ctx context.Context, consumer jetstream.Consumer) error {
	ctx, cancel := context.WithTimeout(ctx, setUpTimeout)
	defer cancel()
	if _, err := consumer.Info(ctx); err != nil {
		return fmt.Errorf("pulling from JetStream: no response; reading the state of the consumer: %w", err)
	}
	return nil
}

// deliver sends a message to out and waits until it is acked. Until then, it tells JetStream
// that the work continues. deliver returns false when ctx ends or the message is nacked: the
// puller must then stop, and JetStream delivers the message to another one. An ack that is
// lost leads to a second delivery, which ports.Wakeups allows.
func (p *puller) deliver(ctx context.Context, m jetstream.Msg) bool {
	out := message.NewMessage("", m.Data())
	select {
	case p.out <- out:
	case <-ctx.Done():
		_ = m.Nak()
		return false
	}
	working := time.NewTicker(p.ackWait / 3)
	defer working.Stop()
	for {
		select {
		case <-out.Acked():
			_ = m.Ack()
			return true
		case <-out.Nacked():
			_ = m.Nak()
			return false
		case <-working.C:
			_ = m.InProgress()
		}
	}
}
