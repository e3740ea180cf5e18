package redis

import (
	"context"
	"slices"
)

// wanted says which messages of its channel a subscription needs.
type wanted struct {
	payloads int      // how many payloads are kept until they are taken; further ones are lost
	except   []string // messages with these payloads are ignored
}

// subscription receives the messages of one channel.
type subscription struct {
	conn    *connection
	topic   *topic
	index   int           // in topic.subscriptions
	notices chan struct{} // buffers one notice; further notices are merged with it

	wanted   wanted
	payloads []string
}

// close ends the subscription.
func (sub *subscription) close() { sub.conn.remove(sub) }

// wait waits for a notice: the subscription is in effect, or messages have come. It fails
// when the connection breaks or ctx is done.
func (sub *subscription) wait(ctx context.Context) error {
	select {
	case <-sub.notices:
		return ctx.Err()
	case <-sub.conn.broken:
		return sub.conn.err
	case <-ctx.Done():
		return ctx.Err()
	}
}

// notify sends a notice, unless one is waiting. It does not block.
func (sub *subscription) notify() {
	select {
	case sub.notices <- struct{}{}:
	default:
	}
}

// deliver keeps the payload of a message and sends a notice, unless the message is ignored.
// The caller holds the lock of the connection.
func (sub *subscription) deliver(payload string) {
	if slices.Contains(sub.wanted.except, payload) {
		return
	}
	if len(sub.payloads) < sub.wanted.payloads {
		sub.payloads = append(sub.payloads, payload)
	}
	sub.notify()
}

// take removes and returns the payloads.
func (sub *subscription) take() []string {
	sub.conn.mu.Lock()
	defer sub.conn.mu.Unlock()
	payloads := sub.payloads
	sub.payloads = nil
	return payloads
}
