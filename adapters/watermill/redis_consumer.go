package watermill

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/ThreeDotsLabs/watermill"
	"github.com/ThreeDotsLabs/watermill-redisstream/pkg/redisstream"
	"github.com/ThreeDotsLabs/watermill/message"
	"github.com/redis/go-redis/v9"
)

// consumer passes on one consumer's messages. A subscription of redisstream
// that cannot read goes on failing for ever, since it makes its group once: the
// consumer ends it and begins another.
type consumer struct {
	*streams
	id     string // its name in the group, which is the same after an outage
	stream string
	out    chan *message.Message
	hand   hand
	failed error       // why the last subscription ended
	told   atomic.Bool // whether the log knows of it
}

func newConsumer(s *streams, stream string) *consumer {
	return &consumer{streams: s, id: watermill.NewShortUUID(), stream: stream, out: make(chan *message.Message)}
}

// run closes out when it ends.
func (c *consumer) run(ctx context.Context) {
	defer close(c.out)
	for ctx.Err() == nil && c.subscription(ctx) && !errors.Is(c.failed, redis.ErrClosed) {
		if c.told.CompareAndSwap(false, true) {
			c.log.Warn("wake-ups do not arrive from Redis; sweeping finds what is due", "err", c.failed)
		}
		select {
		case <-time.After(again):
		case <-ctx.Done():
		}
	}
}

// reads is told of every read that went well, also when it found nothing.
func (c *consumer) reads() {
	if c.told.CompareAndSwap(true, false) {
		c.log.Info("wake-ups arrive from Redis again")
	}
}

// subscription passes on messages until it fails, which is true, or the
// consumer leaves. The subscription's own context is not over before, so that
// what was handled to the end is acked.
func (c *consumer) subscription(ctx context.Context) (failed bool) {
	held, cancel := context.WithCancel(context.WithoutCancel(ctx))
	defer cancel()
	c.hand = newHand(c.client, c.reads)
	subscriber, err := redisstream.NewSubscriber(c.config(), c.quiet)
	if err != nil {
		c.failed = err
		return true
	}
	messages, err := subscriber.Subscribe(held, c.stream)
	if err != nil {
		c.failed = fmt.Errorf("subscribing: %w", err)
		return true
	}
	for {
		select {
		case m, more := <-messages:
			if !more {
				return true
			}
			if !c.pass(ctx, m) {
				return false
			}
		case <-ctx.Done():
			return false
		}
	}
}

func (c *consumer) config() redisstream.SubscriberConfig {
	return redisstream.SubscriberConfig{
		Client:          c.hand,
		Unmarshaller:    plain{},
		Consumer:        c.id,
		ConsumerGroup:   group,
		BlockTime:       block,
		ClaimInterval:   min(c.abandoned, redisstream.DefaultClaimInterval),
		MaxIdleTime:     c.abandoned,
		ConsumerTimeout: forgotten,
		ShouldStopOnReadErrors: func(err error) bool {
			c.failed = fmt.Errorf("reading: %w", err)
			return true
		},
		DisableIndefiniteInitialBlock: true,
	}
}

// pass is false when the consumer leaves. A message that it nacks as it leaves
// is not given to redisstream, which would send it again without a pause: its
// entry stays until it is abandoned.
func (c *consumer) pass(ctx context.Context, m *message.Message) bool {
	select {
	case c.out <- m:
	case <-ctx.Done():
		return false
	}
	select {
	case <-m.Acked():
	case <-m.Nacked():
		return false
	}
	<-c.hand.acked
	c.hand.free <- struct{}{}
	return true
}

// hand is a consumer's client as redisstream gets it. It holds one entry at a
// time: redisstream reads two ahead, which no other consumer could have while a
// handle blocks.
type hand struct {
	redis.UniversalClient
	free  chan struct{} // holds a token while no entry is held or asked for
	acked chan struct{} // gets a token for each ack
	reads func()
}

func newHand(client redis.UniversalClient, reads func()) hand {
	h := hand{client, make(chan struct{}, 1), make(chan struct{}, 1), reads}
	h.free <- struct{}{}
	return h
}

// grab waits for the hand to be free.
func (h hand) grab(ctx context.Context) bool {
	select {
	case <-h.free:
		return true
	case <-ctx.Done():
		return false
	}
}

func (h hand) XReadGroup(ctx context.Context, a *redis.XReadGroupArgs) *redis.XStreamSliceCmd {
	if !h.grab(ctx) {
		return redis.NewXStreamSliceCmdResult(nil, redis.Nil)
	}
	read := h.UniversalClient.XReadGroup(ctx, a)
	if err := read.Err(); err == nil || errors.Is(err, redis.Nil) {
		h.reads()
	}
	if len(read.Val()) == 0 || len(read.Val()[0].Messages) == 0 {
		h.free <- struct{}{}
	}
	return read
}

// XClaim waits for what is handled: a long handle's own entry is not abandoned,
// and by then there is nothing to claim.
func (h hand) XClaim(ctx context.Context, a *redis.XClaimArgs) *redis.XMessageSliceCmd {
	if !h.grab(ctx) {
		return redis.NewXMessageSliceCmdResult(nil, nil)
	}
	claimed := h.UniversalClient.XClaim(ctx, a)
	if len(claimed.Val()) == 0 {
		h.free <- struct{}{}
	}
	return claimed
}

// XPendingExt finds nothing when it fails: redisstream would ask again and again
// before it reads, and never see that the group is gone.
func (h hand) XPendingExt(ctx context.Context, a *redis.XPendingExtArgs) *redis.XPendingExtCmd {
	pending := h.UniversalClient.XPendingExt(ctx, a)
	if pending.Err() != nil {
		pending.SetErr(nil)
		pending.SetVal(nil)
	}
	return pending
}

// XAck deletes the entries too, which redisstream leaves in the stream for
// ever. It does not fail, for redisstream would try until it succeeds: an entry
// that could not be acked is taken over as any that is abandoned.
func (h hand) XAck(ctx context.Context, stream, group string, entries ...string) *redis.IntCmd {
	pipe := h.TxPipeline()
	ack := pipe.XAck(ctx, stream, group, entries...)
	pipe.XDel(ctx, stream, entries...)
	_, _ = pipe.Exec(ctx)
	select {
	case h.acked <- struct{}{}:
	default:
	}
	return redis.NewIntResult(ack.Val(), nil)
}
