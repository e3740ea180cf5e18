package pretend

import (
	"context"
	"fmt"
	"slices"
	"time"
)

// DeliveryFaults are faults that a developer or a test injects into the delivery of webhooks.
type DeliveryFaults struct {
	Twice    bool // each webhook is sent twice
	Reversed bool // the webhooks of one change are sent in reverse order
	DropAll  bool // webhooks are dropped
}

// retryDelays are the delays before the retries of a webhook. It is dropped when the last retry fails.
var retryDelays = [...]time.Duration{
	1 * time.Second,
	2 * time.Second,
	4 * time.Second,
	8 * time.Second,
	16 * time.Second,
}

// deliveryTimeout limits one delivery of a webhook to the app.
const deliveryTimeout = 10 * time.Second

// webhook is an event to deliver.
type webhook struct {
	id        string
	eventType string
	payload   string
	failures  int // failed attempts to deliver it
}

// SetDeliveryFaults sets the faults for the webhooks of all later changes. It affects all customers.
func (p *Payments) SetDeliveryFaults(faults DeliveryFaults) {
	defer p.lock()()
	p.deliveryFaults = faults
}

// Start starts a goroutine that delivers webhooks until Stop is called. A webhook is
// delivered at least once, or dropped after six failed attempts. Start must be
// called at most once. It never fails and does not use its context.
func (p *Payments) Start(context.Context) error {
	ctx, cancel := context.WithCancel(context.Background())
	p.stop, p.done = cancel, make(chan struct{})
	go func() {
		defer close(p.done)
		p.run(ctx)
	}()
	return nil
}

// Stop stops delivering webhooks and drops those in the outbox. It returns when the
// delivery in flight has ended, and fails if ctx ends first.
func (p *Payments) Stop(ctx context.Context) error {
	if p.stop == nil {
		return nil
	}
	p.stop()
	select {
	case <-p.done:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("waiting for the last webhook: %w", ctx.Err())
	}
}

func (p *Payments) run(ctx context.Context) {
	for {
		p.Flush(ctx)
		select {
		case <-p.wake:
		case <-ctx.Done():
			return
		}
	}
}

// Flush delivers the webhooks in the outbox in the caller's goroutine. It can be used
// instead of Start. A webhook whose delivery fails returns to the outbox after a delay.
func (p *Payments) Flush(ctx context.Context) {
	for ctx.Err() == nil {
		w, ok := p.dequeue()
		if !ok {
			return
		}
		if err := p.deliver(ctx, w); err != nil && ctx.Err() == nil {
			p.retryLater(ctx, w, err)
		}
	}
}

func (p *Payments) deliver(ctx context.Context, w webhook) error {
	ctx, cancel := context.WithTimeout(ctx, deliveryTimeout)
	defer cancel()
	payload := []byte(w.payload)
	return p.config.Deliver(ctx, payload, p.Sign(payload, p.now()))
}

// retryLater returns a failed webhook to the outbox after a delay, or drops it after its last retry.
func (p *Payments) retryLater(ctx context.Context, w webhook, err error) {
	if w.failures == len(retryDelays) {
		p.config.Log.WarnContext(ctx, "webhook dropped after its last retry",
			"event", w.id, "type", w.eventType, "error", err)
		return
	}
	delay := retryDelays[w.failures]
	w.failures++
	p.config.Log.InfoContext(ctx, "webhook failed, will be retried",
		"event", w.id, "type", w.eventType, "in", delay, "error", err)
	time.AfterFunc(delay, func() {
		p.mu.Lock()
		defer p.mu.Unlock()
		p.enqueue(w)
	})
}

func (p *Payments) dequeue() (w webhook, ok bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.outbox) == 0 {
		return w, false
	}
	w = p.outbox[0]
	p.outbox = p.outbox[1:]
	return w, true
}

// enqueueEmitted applies the delivery faults to the webhooks of the change in progress and moves them to the outbox.
func (p *Payments) enqueueEmitted() {
	batch := p.emitted
	p.emitted = nil
	if len(batch) == 0 || p.deliveryFaults.DropAll || p.config.Deliver == nil {
		return
	}
	if p.deliveryFaults.Twice {
		batch = slices.Concat(batch, batch)
	}
	if p.deliveryFaults.Reversed {
		slices.Reverse(batch)
	}
	p.enqueue(batch...)
}

func (p *Payments) enqueue(webhooks ...webhook) {
	p.outbox = append(p.outbox, webhooks...)
	select {
	case p.wake <- struct{}{}:
	default:
	}
}
