package watermill

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/ThreeDotsLabs/watermill"
	"github.com/ThreeDotsLabs/watermill-redisstream/pkg/redisstream"
	"github.com/ThreeDotsLabs/watermill/message"
	"github.com/redis/go-redis/v9"
)

// consumer is one consumer of the group. It subscribes with redisstream, and subscribes
// again when the subscription fails to read. Redisstream creates the group only at the
// start of a subscription, so a subscription whose group is lost would fail forever.
type consumer struct {
	*streams
	id          string                // the name in the group, the same for all subscriptions
	stream      string                // the key of the stream
	out         chan *message.Message // the channel that streams.Subscribe returns
	entryClient singleEntryClient     // of the current subscription
	err         error                 // why the last subscription failed
	outage      *outageLog
}

func newConsumer(s *streams, stream string) *consumer {
	return &consumer{
		streams: s,
		id:      watermill.NewShortUUID(),
		stream:  stream,
		out:     make(chan *message.Message),
		outage:  &outageLog{log: s.log, system: "redis"},
	}
}

// run subscribes again and again, until the consumer must stop or the client is closed.
// It then closes out.
func (c *consumer) run(ctx context.Context) {
	defer close(c.out)
	for ctx.Err() == nil {
		failed := c.subscribe(ctx)
		if !failed || errors.Is(c.err, redis.ErrClosed) {
			return
		}
		c.outage.failed(c.err)
		select {
		case <-time.After(resubscribeDelay):
		case <-ctx.Done():
		}
	}
}

// subscribe runs one subscription and delivers its messages. It returns true and sets
// c.err when the subscription fails. It returns false when the consumer must stop. The
// subscription does not end with ctx, so that the last handled message is still acked.
func (c *consumer) subscribe(ctx context.Context) (failed bool) {
	subscriptionCtx, cancel := context.WithCancel(context.WithoutCancel(ctx))
	defer cancel()
	c.entryClient = newSingleEntryClient(c.client, c.outage.works)
	subscriber, err := redisstream.NewSubscriber(c.config(), c.streamLog)
	if err != nil {
		c.err = err
		return true
	}
	messages, err := subscriber.Subscribe(subscriptionCtx, c.stream)
	if err != nil {
		c.err = fmt.Errorf("subscribing: %w", err)
		return true
	}
	for {
		select {
		case m, more := <-messages:
			if !more {
				return true
			}
			if !c.deliver(ctx, m) {
				return false
			}
		case <-ctx.Done():
			return false
		}
	}
}

func (c *consumer) config() redisstream.SubscriberConfig {
	return redisstream.SubscriberConfig{
		Client:          c.entryClient,
		Unmarshaller:    payloadMarshaller{},
		Consumer:        c.id,
		ConsumerGroup:   group,
		BlockTime:       blockTime,
		ClaimInterval:   min(c.claimAfter, redisstream.DefaultClaimInterval),
		MaxIdleTime:     c.claimAfter,
		ConsumerTimeout: consumerTimeout,
		ShouldStopOnReadErrors: func(err error) bool {
			c.err = fmt.Errorf("reading: %w", err)
			return true
		},
		DisableIndefiniteInitialBlock: true,
	}
}

// deliver sends a message to out and waits until it is acked. It returns false when
// ctx ends or the message is nacked: the consumer must then stop. The entry stays
// pending until another consumer claims it. deliver does not nack it in redisstream,
// which would send the message again immediately and forever.
func (c *consumer) deliver(ctx context.Context, m *message.Message) bool {
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
	<-c.entryClient.acked
	c.entryClient.slot <- struct{}{} // allows the next read
	return true
}

// singleEntryClient is the client that redisstream gets. It lets a consumer hold only
// one entry at a time. Without it, redisstream would read two entries in advance, and no
// other consumer would get them while a handle blocks.
type singleEntryClient struct {
	redis.UniversalClient
	slot   chan struct{} // contains a token while no entry is held or being read
	acked  chan struct{} // gets a token after each ack
	onRead func()        // called after each successful read
}

func newSingleEntryClient(client redis.UniversalClient, onRead func()) singleEntryClient {
	c := singleEntryClient{
		UniversalClient: client,
		slot:            make(chan struct{}, 1),
		acked:           make(chan struct{}, 1),
		onRead:          onRead,
	}
	c.slot <- struct{}{}
	return c
}

// acquire takes the slot. It returns false if ctx ends first.
func (c singleEntryClient) acquire(ctx context.Context) bool {
	select {
	case <-c.slot:
		return true
	case <-ctx.Done():
		return false
	}
}

// XReadGroup waits for the slot and keeps it if it reads an entry. If ctx ends first, it
// reads no entry.
func (c singleEntryClient) XReadGroup(ctx context.Context, a *redis.XReadGroupArgs) *redis.XStreamSliceCmd {
	if !c.acquire(ctx) {
		return redis.NewXStreamSliceCmdResult(nil, redis.Nil)
	}
	read := c.UniversalClient.XReadGroup(ctx, a)
	if err := read.Err(); err == nil || errors.Is(err, redis.Nil) {
		c.onRead()
	}
	if len(read.Val()) == 0 || len(read.Val()[0].Messages) == 0 {
		c.slot <- struct{}{}
	}
	return read
}

// XClaim waits for the slot and keeps it if it claims an entry. So a consumer cannot
// claim the entry that it is still handling. If ctx ends first, XClaim claims no entry.
func (c singleEntryClient) XClaim(ctx context.Context, a *redis.XClaimArgs) *redis.XMessageSliceCmd {
	if !c.acquire(ctx) {
		return redis.NewXMessageSliceCmdResult(nil, nil)
	}
	claimed := c.UniversalClient.XClaim(ctx, a)
	if len(claimed.Val()) == 0 {
		c.slot <- struct{}{}
	}
	return claimed
}

// XPendingExt returns no entries instead of an error. On an error, redisstream would
// repeat this command forever. It would never read, and so not notice that the group is
// lost.
func (c singleEntryClient) XPendingExt(ctx context.Context, a *redis.XPendingExtArgs) *redis.XPendingExtCmd {
	pending := c.UniversalClient.XPendingExt(ctx, a)
	if pending.Err() != nil {
		pending.SetErr(nil)
		pending.SetVal(nil)
	}
	return pending
}

// XAck also deletes the entries, which redisstream would leave in the stream forever.
// It never returns an error, because redisstream would then retry forever. If the ack
// fails, another consumer claims the entry.
func (c singleEntryClient) XAck(ctx context.Context, stream, group string, entries ...string) *redis.IntCmd {
	pipe := c.TxPipeline()
	ack := pipe.XAck(ctx, stream, group, entries...)
	pipe.XDel(ctx, stream, entries...)
	_, _ = pipe.Exec(ctx)
	select {
	case c.acked <- struct{}{}:
	default:
	}
	return redis.NewIntResult(ack.Val(), nil)
}
