package courier_test

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/kuvaka-tech/parley/adapters/courier"
	"github.com/kuvaka-tech/parley/core/fault"
	"github.com/kuvaka-tech/parley/core/phone"
	"github.com/kuvaka-tech/parley/ports"
	"github.com/kuvaka-tech/parley/ports/portstest"
	"github.com/kuvaka-tech/parley/tests/client"
)

// try is one that a company saw.
type try struct {
	To, Text string
	Came     time.Time
}

// company is an SMS company that answers as it is told: nil takes a text.
type company struct {
	mu     sync.Mutex
	tries  []try
	took   []try
	answer func(n int) error // to the n-th try, from 1; nil for nil
}

var errHang = errors.New("waits until the call is over")

func (c *company) Send(ctx context.Context, to phone.Number, text string) error {
	seen := try{to.String(), text, time.Now()}
	c.mu.Lock()
	c.tries = append(c.tries, seen)
	n, answer := len(c.tries), c.answer
	c.mu.Unlock()
	var err error
	if answer != nil {
		err = answer(n)
	}
	if err == errHang {
		<-ctx.Done()
		err = fmt.Errorf("waiting for it: %w", ctx.Err())
	}
	if err == nil {
		c.mu.Lock()
		c.took = append(c.took, seen)
		c.mu.Unlock()
	}
	return err
}

// scripted is a company whose adapter fails as one does.
type scripted struct {
	company
	script portstest.SMSScript
}

func (s *scripted) Send(ctx context.Context, to phone.Number, text string) error {
	reply := s.script(to, text)
	c := &company{answer: always(map[portstest.Verdict]error{
		portstest.Busy: errBusy.After(reply.Wait), portstest.Down: errBusy.After(reply.Wait), portstest.Refused: errRefused, portstest.Denied: errRefused,
		portstest.Moved: errRefused, portstest.Unreachable: phone.ErrInvalid, portstest.Garbled: errDown, portstest.Lost: errDown, portstest.Silent: errHang,
	}[reply.Verdict])}
	err := c.Send(ctx, to, text)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.took = append(s.took, c.took...)
	return err
}

func (c *company) tell(answer func(int) error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.answer = answer
}

// seen are all tries so far.
func (c *company) seen() []try {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Clone(c.tries)
}

func (c *company) texts(to phone.Number) (texts []string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, t := range c.took {
		if t.To == to.String() {
			texts = append(texts, t.Text)
		}
	}
	return texts
}

// What companies fail with.
var (
	errDown    = errors.New("it is down")
	errBusy    = fault.New(fault.Unavailable, "sms_unavailable", "not now")
	errRefused = fault.New(fault.Refused, "sms_refused", "not this one")
)

// always answers every try alike.
func always(err error) func(int) error { return func(int) error { return err } }

// answering answers the n-th try with the n-th error, the last one from then on.
func answering(errs ...error) func(int) error {
	return func(n int) error { return errs[min(n, len(errs))-1] }
}

// busy asks for some seconds' wait, then takes the text.
func busy(seconds int) func(int) error {
	return answering(fmt.Errorf("answered 429: %w", errBusy.After(time.Duration(seconds)*time.Second)), nil)
}

type clock struct{}

func (clock) Now() time.Time { return time.Now().UTC().Truncate(time.Microsecond) }

// counts are what came of tries, as "sender outcome".
type counts struct {
	mu  sync.Mutex
	all map[string]int
}

func (c *counts) add(sender, outcome string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.all == nil {
		c.all = map[string]int{}
	}
	c.all[sender+" "+outcome]++
}

// office is a courier under test and what can be seen of it. Pauses have no jitter.
type office struct {
	*courier.Courier
	log    client.Log
	counts counts
	config courier.Config
}

// senders are named first, second and third.
func hire(t *testing.T, senders ...ports.SMS) *office {
	t.Helper()
	o := &office{}
	o.config = courier.Config{
		Jitter: func() float64 { return 0.5 }, Random: rand.Reader, Clock: clock{}, Count: o.counts.add,
		Log: slog.New(slog.NewTextHandler(&o.log, &slog.HandlerOptions{Level: slog.LevelDebug})),
	}
	for i, s := range senders {
		o.config.Senders = append(o.config.Senders, courier.Sender{Name: []string{"first", "second", "third"}[i], SMS: s})
	}
	return o.open(t)
}

func (o *office) open(t *testing.T) *office {
	t.Helper()
	c, err := courier.New(o.config)
	if err != nil {
		t.Fatal(err)
	}
	o.Courier = c
	return o
}

const canary = "canary-text 123456"

func number(t *testing.T) phone.Number {
	t.Helper()
	n, err := phone.Parse("+15550001234")
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func (o *office) send(t *testing.T, text string) {
	t.Helper()
	if err := o.Send(t.Context(), number(t), text); err != nil {
		t.Fatal(err)
	}
}

// abandon gives up what is on its way.
func (o *office) abandon() {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	_ = o.Stop(ctx)
}

func (o *office) stop(t *testing.T) {
	t.Helper()
	if err := o.Stop(context.Background()); err != nil {
		t.Error(err)
	}
}
