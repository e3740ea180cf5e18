package flow

import (
	"context"
	"errors"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/kuvaka-tech/parley/adapters/fake"
	"github.com/kuvaka-tech/parley/cmd/parley/boot"
	"github.com/kuvaka-tech/parley/core/chat"
	"github.com/kuvaka-tech/parley/core/id"
	"github.com/kuvaka-tech/parley/ports"
)

var errAway = errors.New("the store is away")

// work is a ports.Work whose calls can fail, before they do anything or after they have done it.
type work struct {
	ports.Work
	before, after func(method string) error
}

// call does a method between its faults.
func (w *work) call(method string, do func() error) error {
	if w.before != nil {
		if err := w.before(method); err != nil {
			return err
		}
	}
	if err := do(); err != nil || w.after == nil {
		return err
	}
	return w.after(method)
}

func (w *work) Claim(ctx context.Context, now time.Time, lease time.Duration, n, perUser int) (tasks []chat.Task, err error) {
	err = w.call("Claim", func() (err error) { tasks, err = w.Work.Claim(ctx, now, lease, n, perUser); return })
	return tasks, err
}

func (w *work) Renew(ctx context.Context, reply id.ID, fence int64, now time.Time, lease time.Duration) error {
	return w.call("Renew", func() error { return w.Work.Renew(ctx, reply, fence, now, lease) })
}

func (w *work) Finish(ctx context.Context, reply id.ID, fence int64, o chat.Outcome, now time.Time) (f ports.Finished, err error) {
	err = w.call("Finish", func() (err error) { f, err = w.Work.Finish(ctx, reply, fence, o, now); return })
	return f, err
}

// failing lets calls of the store for work fail before they do anything.
func failing(before func(method string) error) boot.Option {
	return boot.Wrap(func(w ports.Work) ports.Work { return &work{Work: w, before: before} })
}

func TestAStoreThatFailsWhenAnAnswerIsToBeWritten(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var away atomic.Int64
		echo := fake.NewEcho(fake.EchoOptions{})
		p, d := indoors(t, config(t), boot.Keep(echo), failing(func(method string) error {
			if n := away.Add(1); method == "Finish" && n < 6 {
				return errAway
			}
			return nil
		}))
		d.done(d.ask(d.room("r"), "hello"), "You said: hello")
		took(t, midnight(0), 0, 3*time.Second)
		if echo.Calls() != 1 {
			t.Errorf("%d calls", echo.Calls())
		}
		d.used(1)
		p.calm()
	})
}

// The outcome was written and the store's answer was lost.
func TestAnOutcomeWrittenUnheard(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		echo := fake.NewEcho(fake.EchoOptions{})
		p, d := indoors(t, config(t), boot.Keep(echo), boot.Wrap(func(w ports.Work) ports.Work {
			return &work{Work: w, after: func(method string) error {
				if method == "Finish" {
					return errAway
				}
				return nil
			}}
		}))
		room := d.room("r")
		first, second := d.ask(room, "one"), d.ask(room, "two")
		d.done(first, "You said: one")
		d.done(second, "You said: two")
		took(t, midnight(0), 0, 5*time.Second)
		if echo.Calls() != 2 {
			t.Errorf("%d calls", echo.Calls())
		}
		d.used(2)
		p.calm()
	})
}

// A heartbeat that meets the outcome just written finds the claim over; those who wait are told all the same.
func TestAHeartbeatBetweenTheOutcomeAndItsAnnouncement(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p, d := indoors(t, config(t), boot.Wrap(func(w ports.Work) ports.Work {
			return &work{Work: w, after: func(method string) error {
				if method == "Finish" {
					time.Sleep(chat.RenewEvery + 10*time.Millisecond)
				}
				return nil
			}}
		}))
		room := d.room("r")
		first, second := d.ask(room, "one"), d.ask(room, "two")
		d.done(first, "You said: one")
		d.done(second, "You said: two")
		time.Sleep(time.Minute)
		if log := p.log.String(); strings.Contains(log, "claim ended by others") || strings.Contains(log, "nobody was woken") || strings.Count(log, "msg=answered") != 2 {
			t.Errorf("logged: %s", log)
		}
	})
}

// A store that stays away costs the answer, and another attempt makes it good.
func TestAStoreThatStaysAway(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		echo := fake.NewEcho(fake.EchoOptions{})
		p, d := indoors(t, config(t), boot.Keep(echo), failing(func(method string) error {
			if method != "Claim" && time.Now().Before(midnight(0).Add(8*time.Second)) {
				return errAway
			}
			return nil
		}))
		d.done(d.ask(d.room("r"), "hello"), "You said: hello")
		took(t, midnight(0), chat.Lease, chat.Lease+2*time.Second)
		if echo.Calls() != 2 || strings.Count(p.log.String(), "answer not written") != 1 {
			t.Errorf("%d calls; logged: %s", echo.Calls(), p.log)
		}
		d.used(1)
	})
}
