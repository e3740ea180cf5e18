// Package courier delivers SMS in the background. It queues each SMS in memory,
// tries the configured senders in order, and retries until one accepts the SMS
// or the one-time code in it has expired.
//
// A sender is the adapter of one SMS provider: a ports.SMS whose Send returns
// when the provider has accepted the SMS. The kind of its error (core/fault)
// decides what follows:
//   - fault.Invalid: the number cannot receive SMS. The courier stops trying.
//   - fault.Refused: this sender will not accept this SMS. The courier uses the others.
//   - any other error: the courier retries this sender, after RetryAfter if it is set.
//
// The courier logs these errors, so an error must not contain the text or the number.
package courier

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"sync"
	"time"

	"github.com/kuvaka-tech/parley/core/id"
	"github.com/kuvaka-tech/parley/core/otp"
	"github.com/kuvaka-tech/parley/core/phone"
	"github.com/kuvaka-tech/parley/ports"
)

const (
	maxDeliveries  = 1000        // SMS that are queued or being sent
	maxFirst       = 64          // concurrent attempts of first rounds
	maxRetries     = 16          // concurrent attempts of later rounds
	ttl            = otp.CodeTTL // of an SMS, because its code expires then
	maxRounds      = 6           // in a round, each sender is tried at most once
	attemptTimeout = 5 * time.Second
	cooldown       = 30 * time.Second // a sender that failed is tried last for this long
)

var (
	// ErrQueueFull means that 1000 SMS are already queued or being sent.
	ErrQueueFull = errors.New("the sms queue is full")
	// ErrStopped means that Stop was called.
	ErrStopped = errors.New("the sms courier is stopped")
)

// Sender is one SMS provider. Its SMS may have two optional methods:
//
//	CloseIdleConnections()
//	SendWithKey(ctx context.Context, key id.ID, accepted time.Time, to phone.Number, text string) error
//
// Stop calls CloseIdleConnections. The courier calls SendWithKey instead of Send.
// All attempts to deliver one SMS pass the same idempotency key and the same
// time of acceptance, so the provider can deduplicate them.
type Sender struct {
	Name string // in logs and metrics
	SMS  ports.SMS
}

// Config configures a Courier.
type Config struct {
	Senders []Sender // in order of preference
	// Delay is the time from Send to the first attempt. The work of an attempt would otherwise
	// slow down the response of the request, which would reveal that an SMS is sent.
	Delay  time.Duration
	Jitter func() float64 // returns a number in [0, 1) that spreads retries
	Random io.Reader
	Clock  ports.Clock
	Log    *slog.Logger
	// Observe receives the outcome of each attempt: "sent", "failed", "refused" or
	// "invalid". For an SMS that is dropped, it receives the sender "none" and the
	// outcome "lost". It is called concurrently.
	Observe func(sender, outcome string)
}

// Courier is a ports.SMS that delivers each SMS at least once, or logs that it dropped the SMS.
type Courier struct {
	config  Config
	senders []*sender
	slots   chan struct{} // semaphore; one slot for each SMS
	// Semaphores; one slot for each concurrent attempt. A sender that hangs for some numbers
	// soon has only retries of their SMS, which do not delay the first attempts of other SMS.
	first, retries chan struct{}

	ctx        context.Context // of all deliveries, which continue after the request
	cancel     context.CancelFunc
	mu         sync.Mutex // guards stopped; held while a delivery starts, so that Stop waits for it
	stopped    bool
	deliveries sync.WaitGroup
}

// New returns a Courier. It fails if the configuration has no sender.
func New(config Config) (*Courier, error) {
	if len(config.Senders) == 0 {
		return nil, errors.New("courier: at least one sender is required")
	}
	ctx, cancel := context.WithCancel(context.Background())
	c := &Courier{
		config:  config,
		slots:   make(chan struct{}, maxDeliveries),
		first:   make(chan struct{}, maxFirst),
		retries: make(chan struct{}, maxRetries),
		ctx:     ctx,
		cancel:  cancel,
	}
	for _, s := range config.Senders {
		c.senders = append(c.senders, &sender{Sender: s})
	}
	return c, nil
}

// Send queues an SMS and returns without waiting for a sender. It fails with
// ctx's error if ctx has ended, with ErrQueueFull, or with ErrStopped. After an
// error nothing is queued.
func (c *Courier) Send(ctx context.Context, to phone.Number, text string) error {
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("queueing an sms: %w", err)
	}
	now := c.config.Clock.Now()
	key, err := id.New(now, c.config.Random)
	if err != nil {
		return err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.stopped {
		return ErrStopped
	}
	select {
	case c.slots <- struct{}{}:
	default:
		return ErrQueueFull
	}
	d := &delivery{
		key:        key,
		to:         to,
		text:       text,
		accepted:   now,
		candidates: c.candidates(),
		concurrent: c.first,
	}
	c.deliveries.Go(func() {
		defer func() { <-c.slots }()
		c.deliver(d)
	})
	return nil
}

// Stop rejects new SMS and waits until all queued SMS are delivered, with the
// usual retries. When ctx ends first, Stop drops the rest and fails with their
// number and ctx's error.
func (c *Courier) Stop(ctx context.Context) error {
	c.mu.Lock()
	c.stopped = true
	c.mu.Unlock()
	defer c.closeIdleConnections()
	done := make(chan struct{})
	go func() { c.deliveries.Wait(); close(done) }()
	select {
	case <-done:
		return nil
	case <-ctx.Done():
	}
	dropped := len(c.slots)
	c.cancel()
	<-done
	return fmt.Errorf("sms dropped at shutdown: %d: %w", dropped, ctx.Err())
}

func (c *Courier) closeIdleConnections() {
	for _, s := range c.senders {
		if closer, ok := s.SMS.(interface{ CloseIdleConnections() }); ok {
			closer.CloseIdleConnections()
		}
	}
}
