package redis

import (
	"context"
	"errors"
	"net"
	"sync"
	"time"

	goredis "github.com/redis/go-redis/v9"
)

// idleTimeout is how long a connection may be silent before the subscriber pings it.
const idleTimeout = 3 * time.Second

// subscriber receives the notices for all followers in this process over one
// connection, which it subscribes to every channel that has a follower.
type subscriber struct {
	client      goredis.UniversalClient
	idleTimeout time.Duration

	mu      sync.Mutex
	conn    *connection // nil while there is none
	closed  bool
	running sync.WaitGroup // of the goroutines in serve
}

// connection is one Pub/Sub connection. When it breaks, notices may be lost, so all its
// subscriptions end. The next subscribe opens another connection.
type connection struct {
	pubsub        *goredis.PubSub
	subscriptions map[string]map[*subscription]bool // by channel
	broken        chan struct{}                     // closed when the connection breaks
	err           error                             // why it broke; set before broken is closed
}

// subscription receives the notices of one channel.
type subscription struct {
	subscriber *subscriber
	conn       *connection
	channel    string
	notices    chan struct{} // buffers one notice; further notices are merged with it
}

func newSubscriber(client goredis.UniversalClient) *subscriber {
	return &subscriber{client: client, idleTimeout: idleTimeout}
}

// subscribe returns a subscription, which the caller must close. The subscription also
// gets a notice when the server confirms it, because earlier changes sent no notice.
func (s *subscriber) subscribe(ctx context.Context, channel string) (*subscription, error) {
	ctx = context.WithoutCancel(ctx) // go-redis closes a connection whose context ends, and all followers share it
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.connect(ctx); err != nil {
		return nil, err
	}
	c := s.conn
	if c.subscriptions[channel] == nil {
		if err := c.pubsub.Subscribe(ctx, channel); err != nil {
			return nil, err
		}
		c.subscriptions[channel] = map[*subscription]bool{}
	}
	sub := &subscription{subscriber: s, conn: c, channel: channel, notices: make(chan struct{}, 1)}
	c.subscriptions[channel][sub] = true
	return sub, nil
}

// connect opens a connection if none is open. It pings first, because a ping fails
// immediately while the breaker is open. The caller must hold mu.
func (s *subscriber) connect(ctx context.Context) error {
	if s.closed {
		return goredis.ErrClosed
	}
	if s.conn != nil {
		return nil
	}
	if err := s.client.Ping(ctx).Err(); err != nil {
		return err
	}
	s.conn = &connection{
		pubsub:        s.client.Subscribe(ctx),
		subscriptions: map[string]map[*subscription]bool{},
		broken:        make(chan struct{}),
	}
	s.running.Add(1)
	go s.serve(s.conn)
	return nil
}

// close ends the subscription. If the channel has no other subscription, close
// unsubscribes the connection from the channel.
func (sub *subscription) close() {
	s, c := sub.subscriber, sub.conn
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(c.subscriptions[sub.channel], sub)
	if len(c.subscriptions[sub.channel]) > 0 || s.conn != c {
		return
	}
	delete(c.subscriptions, sub.channel)
	_ = c.pubsub.Unsubscribe(context.Background(), sub.channel) // serve handles a broken connection
}

// serve receives notices until the connection breaks, and then ends its subscriptions.
func (s *subscriber) serve(c *connection) {
	defer s.running.Done()
	err := s.receive(c)
	s.mu.Lock()
	defer s.mu.Unlock()
	_ = c.pubsub.Close()
	if s.conn == c {
		s.conn = nil
	}
	c.err = err
	close(c.broken)
}

// receive dispatches notices until the connection breaks, and returns the error. It
// pings a silent connection, because TCP does not report that the server is gone.
func (s *subscriber) receive(c *connection) error {
	pinged := false
	for {
		message, err := c.pubsub.ReceiveTimeout(context.Background(), s.idleTimeout)
		if isTimeout(err) && !pinged {
			pinged = true
			err = c.pubsub.Ping(context.Background())
		} else {
			pinged = false
		}
		if err != nil {
			return err
		}
		switch m := message.(type) {
		case *goredis.Message:
			s.dispatch(c, m.Channel)
		case *goredis.Subscription:
			s.dispatch(c, m.Channel)
		}
	}
}

func isTimeout(err error) bool {
	var netErr net.Error
	return errors.As(err, &netErr) && netErr.Timeout()
}

// dispatch sends a notice to every subscription of a channel. It skips a subscription
// that has not read its last notice yet.
func (s *subscriber) dispatch(c *connection, channel string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for sub := range c.subscriptions[channel] {
		select {
		case sub.notices <- struct{}{}:
		default:
		}
	}
}

// close closes the connection, which ends its subscriptions, and waits until serve has returned.
func (s *subscriber) close() {
	s.mu.Lock()
	s.closed = true
	if s.conn != nil {
		_ = s.conn.pubsub.Close()
	}
	s.mu.Unlock()
	s.running.Wait()
}
