package watermill

import (
	"context"
	"log/slog"
	"sync/atomic"

	"github.com/ThreeDotsLabs/watermill/message"
	"github.com/ThreeDotsLabs/watermill/pubsub/gochannel"
)

// most is how many wake-ups wait in this process. Those beyond are lost, as a
// ports.Queue may: that many are due in the store, where a sweep finds them.
const most = 4096

// NewInProcess returns a queue within this process. It must be closed.
func NewInProcess(log *slog.Logger) *Queue {
	return newQueue(newInProcess(log), log)
}

// inProcess makes the consumers of a GoChannel compete, which would hand every
// message to all of them: they read the one subscription that there is. It is
// buffered for all that may wait, since GoChannel blocks a goroutine on a mutex
// for each message beyond, which no testing/synctest bubble's clock survives.
type inProcess struct {
	*gochannel.GoChannel
	messages <-chan *message.Message
	err      error // of subscribing
	waiting  atomic.Int64
}

func newInProcess(log *slog.Logger) *inProcess {
	p := &inProcess{GoChannel: gochannel.NewGoChannel(gochannel.Config{OutputChannelBuffer: most}, logger(log))}
	p.messages, p.err = p.GoChannel.Subscribe(context.Background(), topic)
	return p
}

// Publish drops messages while too many wait.
func (p *inProcess) Publish(topic string, messages ...*message.Message) error {
	n := int64(len(messages))
	if p.waiting.Add(n) > most {
		p.waiting.Add(-n)
		return nil
	}
	return p.GoChannel.Publish(topic, messages...)
}

func (p *inProcess) Subscribe(context.Context, string) (<-chan *message.Message, error) {
	return p.messages, p.err
}

func (p *inProcess) taken() { p.waiting.Add(-1) }
