// Package courier takes texts off the request's path and hands each to the first
// SMS company that takes it, trying again for as long as its code is worth anything.
//
// A company's adapter is a ports.SMS whose Send returns once the company has
// taken the text. What it fails with says what to do (core/fault): Invalid that
// nobody can reach the number, so that it is tried no more; Refused that this
// company will not take the text, though another may; anything else that it may
// later, after RetryAfter if it says so. No error may hold a text or a number.
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
	most     = 1000     // texts on their way at once
	lines    = 16       // tries at once
	life     = otp.Life // of a text: then its code is worth nothing
	rounds   = 6        // through the senders
	patience = 5 * time.Second
	rest     = 30 * time.Second // for which a sender that failed is tried last
)

// What Send fails with.
var (
	ErrFull    = errors.New("too many texts are waiting to be sent")
	ErrStopped = errors.New("texts are no longer sent")
)

// Sender is an SMS company. Where its SMS has a method CloseIdleConnections,
// Stop calls it, and where it has
//
//	SendAs(ctx context.Context, key id.ID, taken time.Time, to phone.Number, text string) error
//
// that is called instead of Send, with the same key for every try of a text, so
// that the company can tell one tried twice from two.
type Sender struct {
	Name string // in logs and metrics
	SMS  ports.SMS
}

// Config says who carries texts.
type Config struct {
	Senders []Sender       // in the order in which they are tried
	Jitter  func() float64 // from 0 up to 1, to spread what is sent again
	Random  io.Reader
	Clock   ports.Clock
	Log     *slog.Logger
	Count   func(sender, outcome string) // sees what comes of each try
}

// Courier is a ports.SMS. It hands a text over at least once, or gives it up and says so in the log.
type Courier struct {
	config  Config
	senders []*sender
	places  chan struct{} // one for each text on its way
	lines   chan struct{} // one for each try

	ctx     context.Context // of the deliveries, which outlive their requests
	abandon context.CancelFunc
	mu      sync.Mutex // of stopped, and of running while that is decided
	stopped bool
	running sync.WaitGroup
}

// New makes a Courier. It fails without a sender.
func New(c Config) (*Courier, error) {
	if len(c.Senders) == 0 {
		return nil, errors.New("courier: a sender is needed")
	}
	ctx, abandon := context.WithCancel(context.Background())
	o := &Courier{config: c, places: make(chan struct{}, most), lines: make(chan struct{}, lines), ctx: ctx, abandon: abandon}
	for _, s := range c.Senders {
		o.senders = append(o.senders, &sender{Sender: s})
	}
	return o, nil
}

// Send takes a text to be delivered and returns at once, whatever its senders
// do. It fails, taking nothing, with ctx's error when that is over, with ErrFull,
// or with ErrStopped.
func (c *Courier) Send(ctx context.Context, to phone.Number, words string) error {
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("taking a text: %w", err)
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
	case c.places <- struct{}{}:
	default:
		return ErrFull
	}
	c.running.Go(func() {
		defer func() { <-c.places }()
		c.deliver(&text{key: key, to: to, words: words, taken: now, routes: c.routes()})
	})
	return nil
}

// Stop takes no more texts and delivers those it has, trying again as ever,
// until ctx is over. It fails when some are left then, which are given up.
func (c *Courier) Stop(ctx context.Context) error {
	c.mu.Lock()
	c.stopped = true
	c.mu.Unlock()
	defer c.closeIdle()
	ended := make(chan struct{})
	go func() { c.running.Wait(); close(ended) }()
	select {
	case <-ended:
		return nil
	case <-ctx.Done():
	}
	left := len(c.places)
	c.abandon()
	<-ended
	return fmt.Errorf("texts given up: %d: %w", left, ctx.Err())
}

func (c *Courier) closeIdle() {
	for _, s := range c.senders {
		if open, ok := s.SMS.(interface{ CloseIdleConnections() }); ok {
			open.CloseIdleConnections()
		}
	}
}
