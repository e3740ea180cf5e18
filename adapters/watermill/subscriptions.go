package watermill

import (
	"context"
	"sync"
)

// subscriptions runs the subscriptions of a pubsub until close is called.
type subscriptions struct {
	ctx     context.Context // ends when close is called
	cancel  context.CancelFunc
	mu      sync.Mutex // protects adding to running, so that close waits for all subscriptions
	running sync.WaitGroup
}

func newSubscriptions() *subscriptions {
	ctx, cancel := context.WithCancel(context.Background())
	return &subscriptions{ctx: ctx, cancel: cancel}
}

// start calls run in a goroutine. Its context ends with ctx and when close is called. start
// fails with errClosed after close.
func (s *subscriptions) start(ctx context.Context, run func(ctx context.Context)) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed() {
		return errClosed
	}
	ctx, cancel := context.WithCancel(ctx)
	stop := context.AfterFunc(s.ctx, cancel)
	s.running.Go(func() {
		defer cancel()
		defer stop()
		run(ctx)
	})
	return nil
}

func (s *subscriptions) closed() bool { return s.ctx.Err() != nil }

// close ends all subscriptions and waits for them.
func (s *subscriptions) close() {
	s.mu.Lock()
	s.cancel()
	s.mu.Unlock()
	s.running.Wait()
}
