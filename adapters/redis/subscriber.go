package redis

import (
	"context"
	"sync"
	"time"

	goredis "github.com/redis/go-redis/v9"
)

// Subscriber receives Pub/Sub messages for everything in this process that needs them. It
// uses one connection, which it opens when the first subscription starts.
type Subscriber struct {
	client        goredis.UniversalClient
	checkInterval time.Duration // see connection.send

	mu      sync.Mutex
	conn    *connection // nil while there is none
	closed  bool
	running sync.WaitGroup // of the goroutines of all connections
}

// NewSubscriber returns a Subscriber. The caller must close it before the client.
func NewSubscriber(client goredis.UniversalClient) *Subscriber {
	return &Subscriber{client: client, checkInterval: timeout}
}

// Close ends all subscriptions with an error.
func (s *Subscriber) Close() {
	s.mu.Lock()
	s.closed = true
	c := s.conn
	s.mu.Unlock()
	if c != nil {
		s.end(c, goredis.ErrClosed)
	}
	s.running.Wait()
}

// subscribe returns a subscription to a channel, which the caller must close. It does not
// wait for the server. The first notice of the subscription says that it is in effect.
func (s *Subscriber) subscribe(channel string, w wanted) (*subscription, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return nil, goredis.ErrClosed
	}
	if s.conn == nil {
		c := newConnection(s.client.Subscribe(context.Background()))
		s.conn = c
		s.running.Go(func() { s.serve(c) })
	}
	return s.conn.add(channel, w), nil
}

// serve runs a connection until it breaks. It pings first, because a ping fails
// immediately while the breaker is open.
func (s *Subscriber) serve(c *connection) {
	if err := s.client.Ping(context.Background()).Err(); err != nil {
		s.end(c, err)
		return
	}
	s.running.Go(func() { s.end(c, c.send(s.checkInterval)) })
	s.end(c, c.receive())
}

// end ends a connection. The next subscribe opens another one.
func (s *Subscriber) end(c *connection, err error) {
	s.mu.Lock()
	if s.conn == c {
		s.conn = nil
	}
	s.mu.Unlock()
	c.end(err)
}
