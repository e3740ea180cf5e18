package watermill

import (
	"context"
	"log/slog"
	"sync/atomic"

	"github.com/ThreeDotsLabs/watermill/message"
	"github.com/ThreeDotsLabs/watermill/pubsub/gochannel"
)

// maxWaiting is the maximum number of wake-ups that wait in this process. Further ones
// are dropped, which ports.Wakeups allows: a sweep finds their replies.
const maxWaiting = 4096

// NewInProcess returns Wakeups within this process. The caller must close it.
func NewInProcess(log *slog.Logger) *Wakeups {
	return newWakeups(newInProcess(log), log)
}

// inProcess is a GoChannel whose consumers compete. A GoChannel sends every
// message to every subscription, so all consumers share one subscription.
//
// The buffer of the subscription is large enough for all waiting messages. When the
// buffer is full, GoChannel blocks one goroutine per message on a mutex. That would
// stop the clock of a testing/synctest bubble.
type inProcess struct {
	*gochannel.GoChannel
	messages     <-chan *message.Message // of the shared subscription
	subscribeErr error                   // of the shared subscription
	waiting      atomic.Int64            // published messages that no consumer has received
}

func newInProcess(log *slog.Logger) *inProcess {
	config := gochannel.Config{OutputChannelBuffer: maxWaiting}
	p := &inProcess{GoChannel: gochannel.NewGoChannel(config, newLogger(log))}
	p.messages, p.subscribeErr = p.GoChannel.Subscribe(context.Background(), topic)
	return p
}

// Publish implements message.Publisher. It drops messages while maxWaiting messages wait.
func (p *inProcess) Publish(topic string, messages ...*message.Message) error {
	n := int64(len(messages))
	if p.waiting.Add(n) > maxWaiting {
		p.waiting.Add(-n)
		return nil
	}
	return p.GoChannel.Publish(topic, messages...)
}

// Subscribe implements message.Subscriber. It returns the shared subscription.
func (p *inProcess) Subscribe(context.Context, string) (<-chan *message.Message, error) {
	return p.messages, p.subscribeErr
}

// received implements pubsub.
func (p *inProcess) received() { p.waiting.Add(-1) }
