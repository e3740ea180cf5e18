package pretend

import (
	"context"
	"fmt"
	"slices"
	"time"
)

// Delivery is how webhooks go wrong on purpose.
type Delivery struct {
	Twice    bool // each is sent twice
	Reversed bool // those of one change come last first
	None     bool // none is sent, nor made up for later
}

// pauses lie before each of the times that a webhook is sent again.
var pauses = [...]time.Duration{time.Second, 2 * time.Second, 4 * time.Second, 8 * time.Second, 16 * time.Second}

// patience is how long the app may take to answer a webhook.
const patience = 10 * time.Second

// parcel is a webhook on its way.
type parcel struct {
	id, kind, payload string
	failed            int // times
}

// SetDelivery changes how the webhooks of all customers are sent from now on.
func (c *Company) SetDelivery(d Delivery) {
	defer c.lock()()
	c.mode = d
}

// Start begins to deliver webhooks, each at least once unless it fails six
// times, in a goroutine that lives until Stop. It is to be called once and
// never fails; ctx is not kept.
func (c *Company) Start(context.Context) error {
	ctx, cancel := context.WithCancel(context.Background())
	c.stop, c.done = cancel, make(chan struct{})
	go func() {
		defer close(c.done)
		c.run(ctx)
	}()
	return nil
}

// Stop ends the deliveries, forgetting what waits, and returns when the one
// under way is over. It fails when ctx is over first.
func (c *Company) Stop(ctx context.Context) error {
	if c.stop == nil {
		return nil
	}
	c.stop()
	select {
	case <-c.done:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("waiting for the last webhook: %w", ctx.Err())
	}
}

func (c *Company) run(ctx context.Context) {
	for {
		c.Flush(ctx)
		select {
		case <-c.wake:
		case <-ctx.Done():
			return
		}
	}
}

// Flush delivers what waits, in its caller's goroutine: it needs no Start. What
// fails waits for its pause and is then out again.
func (c *Company) Flush(ctx context.Context) {
	for ctx.Err() == nil {
		p, ok := c.next()
		if !ok {
			return
		}
		if err := c.send(ctx, p); err != nil && ctx.Err() == nil {
			c.again(ctx, p, err)
		}
	}
}

func (c *Company) send(ctx context.Context, p parcel) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	payload := []byte(p.payload)
	return c.config.Deliver(ctx, payload, c.Sign(payload, c.config.Clock.Now()))
}

// again puts a failed parcel out once more after a pause, or gives it up.
func (c *Company) again(ctx context.Context, p parcel, err error) {
	if p.failed == len(pauses) {
		c.config.Log.WarnContext(ctx, "webhook given up", "event", p.id, "type", p.kind, "error", err)
		return
	}
	pause := pauses[p.failed]
	p.failed++
	c.config.Log.InfoContext(ctx, "webhook will be sent again", "event", p.id, "type", p.kind, "in", pause, "error", err)
	time.AfterFunc(pause, func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		c.put(p)
	})
}

func (c *Company) next() (p parcel, ok bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.outbox) == 0 {
		return p, false
	}
	p = c.outbox[0]
	c.outbox = c.outbox[1:]
	return p, true
}

// post puts out the webhooks of the change that ends.
func (c *Company) post() {
	batch := c.batch
	c.batch = nil
	if len(batch) == 0 || c.mode.None || c.config.Deliver == nil {
		return
	}
	if c.mode.Twice {
		batch = slices.Concat(batch, batch)
	}
	if c.mode.Reversed {
		slices.Reverse(batch)
	}
	c.put(batch...)
}

func (c *Company) put(parcels ...parcel) {
	c.outbox = append(c.outbox, parcels...)
	select {
	case c.wake <- struct{}{}:
	default:
	}
}
