package portstest

import (
	"context"

	"github.com/kuvaka-tech/parley/core/id"
)

// consumer runs one Consume. Its handle sends the reply to handling and then blocks until release.
type consumer struct {
	*wakeupsTest
	handling chan id.ID
	release  chan struct{}
	done     chan error // the result of Consume
	cancel   context.CancelFunc
}

// startConsumer starts a consumer and waits until it receives wake-ups. Earlier wake-ups may be lost.
func (t *wakeupsTest) startConsumer() *consumer {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	c := &consumer{
		wakeupsTest: t,
		handling:    make(chan id.ID),
		release:     make(chan struct{}),
		done:        make(chan error, 1),
		cancel:      cancel,
	}
	stop, stopped := make(chan struct{}), make(chan struct{})
	go func() {
		c.done <- t.Consume(ctx, func(_ context.Context, replyID id.ID) { c.handle(replyID, stop) })
		close(c.handling)
		close(stopped)
	}()
	t.Cleanup(func() {
		cancel()
		close(stop)
		mustAwait(t, stopped, "the end of the consumer")
	})
	wakeUntil(t, c.handling)
	c.release <- struct{}{}
	return c
}

func (c *consumer) handle(replyID id.ID, stop <-chan struct{}) {
	select {
	case c.handling <- replyID:
	case <-stop:
		return
	}
	select {
	case <-c.release:
	case <-stop:
	}
}

// next returns the reply of the next wake-up. Its handle runs until release.
func (c *consumer) next() id.ID {
	c.Helper()
	return mustAwait(c, c.handling, "a wake-up")
}

// waitFor releases other wake-ups until this reply is being handled.
func (c *consumer) waitFor(replyID id.ID) {
	c.Helper()
	for c.next() != replyID {
		c.release <- struct{}{}
	}
}

// wantAll handles wake-ups until each of these replies was woken.
func (c *consumer) wantAll(missing map[id.ID]bool) {
	c.Helper()
	for len(missing) > 0 {
		delete(missing, c.next())
		c.release <- struct{}{}
	}
}
