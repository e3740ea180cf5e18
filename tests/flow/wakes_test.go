package flow

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/kuvaka-tech/parley/adapters/fake"
	"github.com/kuvaka-tech/parley/cmd/parley/boot"
	"github.com/kuvaka-tech/parley/core/id"
	"github.com/kuvaka-tech/parley/ports"
)

// wakes is a ports.Queue that wakes in another way.
type wakes struct {
	ports.Queue
	wake func(ctx context.Context, reply id.ID) error
}

func (w wakes) Wake(ctx context.Context, reply id.ID) error { return w.wake(ctx, reply) }

func waking(wake func(q ports.Queue, ctx context.Context, reply id.ID) error) boot.Option {
	return boot.Wrap(func(q ports.Queue) ports.Queue {
		return wakes{q, func(ctx context.Context, reply id.ID) error { return wake(q, ctx, reply) }}
	})
}

func TestLostWakeUps(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, d := indoors(t, config(t), waking(func(ports.Queue, context.Context, id.ID) error { return nil }))
		room := d.room("r")
		time.Sleep(300 * time.Millisecond)
		sent := time.Now()
		first, second := d.ask(room, "one"), d.ask(room, "two")
		d.done(first, "You said: one")
		took(t, sent, 0, 2*time.Second)
		d.done(second, "You said: two")
		took(t, sent, 0, 3*time.Second)
	})
}

// The message is kept: that nobody was woken is for the log, not for the sender.
func TestWakeUpsThatFail(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p, d := indoors(t, config(t), waking(func(ports.Queue, context.Context, id.ID) error { return errors.New("publishing: the queue is away") }))
		room := d.room("r")
		first, second := d.ask(room, "canary"), d.ask(room, "two")
		d.done(first, "You said: canary")
		d.done(second, "You said: two")
		took(t, midnight(0), 0, 3*time.Second)
		log := p.log.String()
		if strings.Count(log, `unwoken="publishing`) != 2 || !strings.Contains(log, "nobody was woken for the next reply") || strings.Contains(log, "canary") {
			t.Errorf("logged: %s", log)
		}
	})
}

func TestDoubledWakeUps(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		echo := fake.NewEcho(fake.EchoOptions{Latency: time.Second})
		_, d := indoors(t, config(t), boot.Keep(echo), waking(func(q ports.Queue, ctx context.Context, reply id.ID) error {
			return errors.Join(q.Wake(ctx, reply), q.Wake(ctx, reply), q.Wake(ctx, "no reply's id"))
		}))
		room := d.room("r")
		first, second := d.ask(room, "one"), d.ask(room, "two")
		d.done(second, "You said: two")
		d.done(first, "You said: one")
		time.Sleep(time.Minute)
		if list, _ := d.messages("/chatroom/" + room + "/messages"); len(list) != 4 || echo.Calls() != 2 {
			t.Errorf("%d messages, %d calls", len(list), echo.Calls())
		}
		d.used(2)
	})
}

// The program cannot go on without its queue, and says so.
func TestAQueueThatEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p, _ := indoors(t, config(t), boot.Wrap(func(q ports.Queue) ports.Queue { return ended{q} }))
		if signal := <-p.Failed(); signal.ExitCode != 1 {
			t.Errorf("exit code %d", signal.ExitCode)
		}
		if !strings.Contains(p.log.String(), "the worker ended") {
			t.Errorf("logged: %s", p.log)
		}
	})
}

type ended struct{ ports.Queue }

func (ended) Consume(context.Context, func(context.Context, id.ID)) error {
	return errors.New("the queue is gone")
}
