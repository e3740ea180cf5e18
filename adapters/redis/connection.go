package redis

import (
	"context"
	"errors"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	goredis "github.com/redis/go-redis/v9"
)

// connection is one Pub/Sub connection. When it breaks, messages may be lost, so all its
// subscriptions end.
//
// One goroutine sends all commands and another one receives. Subscribers only change
// topics and never wait for the network. While a command is being sent, the changes of
// other subscribers gather, and the next command contains all of them.
type connection struct {
	pubsub   *goredis.PubSub
	changed  chan struct{} // buffers one notice that topics need commands
	received atomic.Bool   // whether a message was received since the last check
	broken   chan struct{} // closed when the connection breaks
	err      error         // why it broke; set before broken is closed

	mu     sync.Mutex
	topics map[string]*topic // by channel
	queue  []*topic          // topics that may need a command
}

func newConnection(pubsub *goredis.PubSub) *connection {
	return &connection{
		pubsub:  pubsub,
		changed: make(chan struct{}, 1),
		broken:  make(chan struct{}),
		topics:  map[string]*topic{},
	}
}

// end closes the connection and ends its subscriptions. Only the first error counts.
func (c *connection) end(err error) {
	c.mu.Lock()
	if c.err == nil {
		c.err = err
		close(c.broken)
	}
	c.mu.Unlock()
	_ = c.pubsub.Close()
}

// receive dispatches messages until the connection breaks, and returns the error.
func (c *connection) receive() error {
	for {
		message, err := c.pubsub.Receive(context.Background())
		if err != nil {
			return err
		}
		c.received.Store(true)
		switch m := message.(type) {
		case *goredis.Message:
			c.dispatch(m.Channel, m.Payload)
		case *goredis.Subscription:
			c.confirm(m.Channel)
		}
	}
}

var errSilent = errors.New("redis does not answer on the Pub/Sub connection")

// send sends commands until the connection breaks, and returns the error. It pings a
// connection on which nothing was received for checkInterval, because TCP does not report
// that the server is gone. The connection has broken if nothing is received for another
// checkInterval.
func (c *connection) send(checkInterval time.Duration) error {
	check := time.NewTicker(checkInterval)
	defer check.Stop()
	pinged := false
	for {
		var err error
		select {
		case <-c.broken:
			return c.err
		case <-c.changed:
			err = c.sendChanges()
		case <-check.C:
			pinged, err = c.check(pinged)
		}
		if err != nil {
			return err
		}
	}
}

// check pings the server if nothing was received since the last check. It fails if the
// server was pinged then.
func (c *connection) check(pinged bool) (pingedNow bool, err error) {
	switch {
	case c.received.Swap(false):
		return false, nil
	case pinged:
		return false, errSilent
	}
	return true, c.pubsub.Ping(context.Background())
}

// maxChannels is the maximum number of channels in one command.
const maxChannels = 1000

// sendChanges sends the commands that topics need.
func (c *connection) sendChanges() error {
	subscribe, unsubscribe := c.takeChanges()
	for channels := range slices.Chunk(subscribe, maxChannels) {
		if err := c.pubsub.Subscribe(context.Background(), channels...); err != nil {
			return err
		}
	}
	for channels := range slices.Chunk(unsubscribe, maxChannels) {
		if err := c.pubsub.Unsubscribe(context.Background(), channels...); err != nil {
			return err
		}
	}
	return nil
}
