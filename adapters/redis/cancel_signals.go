package redis

import (
	"context"
	"fmt"

	goredis "github.com/redis/go-redis/v9"

	"github.com/kuvaka-tech/parley/core/id"
)

// CancelSignals is a ports.CancelSignals between all processes. The payload of a message is
// the id of the cancelled reply. All processes use one channel, because cancellations are
// rare and the sender does not know which process has the reply.
type CancelSignals struct {
	client     goredis.UniversalClient
	channel    string
	subscriber *Subscriber
}

// maxWaitingSignals limits the signals that wait for one Receive. Later signals are lost.
const maxWaitingSignals = 10_000

// NewCancelSignals returns signals between the processes that use the same key prefix.
// subscriber must use the same client.
func NewCancelSignals(client goredis.UniversalClient, keyPrefix string, subscriber *Subscriber) *CancelSignals {
	return &CancelSignals{client, keyPrefix + ":cancel", subscriber}
}

// Send implements ports.CancelSignals.
func (s *CancelSignals) Send(ctx context.Context, replyID id.ID) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if err := s.client.Publish(ctx, s.channel, string(replyID)).Err(); err != nil {
		return fmt.Errorf("sending a cancel signal: %w", err)
	}
	return nil
}

// Receive implements ports.CancelSignals. It fails when Redis becomes unavailable.
func (s *CancelSignals) Receive(ctx context.Context, handle func(replyID id.ID)) error {
	sub, err := s.subscriber.subscribe(s.channel, wanted{payloads: maxWaitingSignals})
	if err != nil {
		return fmt.Errorf("receiving cancel signals: %w", err)
	}
	defer sub.close()
	for {
		err := sub.wait(ctx)
		for _, replyID := range sub.take() {
			if ctx.Err() == nil {
				handle(id.ID(replyID))
			}
		}
		switch {
		case ctx.Err() != nil:
			return nil
		case err != nil:
			return fmt.Errorf("receiving cancel signals: %w", err)
		}
	}
}
