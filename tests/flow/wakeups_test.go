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

// wakeFunc replaces the method Wake of ports.Wakeups.
type wakeFunc func(ctx context.Context, next ports.Wakeups, replyID id.ID) error

// interceptedWakeups is ports.Wakeups with another Wake.
type interceptedWakeups struct {
	ports.Wakeups
	wake wakeFunc
}

// Wake implements ports.Wakeups.
func (w interceptedWakeups) Wake(ctx context.Context, replyID id.ID) error {
	return w.wake(ctx, w.Wakeups, replyID)
}

// interceptWakes replaces Wake in a program.
func interceptWakes(wake wakeFunc) boot.Option {
	return boot.Wrap(func(w ports.Wakeups) ports.Wakeups { return interceptedWakeups{w, wake} })
}

// loseWake is a wakeFunc that loses all wake-ups.
func loseWake(context.Context, ports.Wakeups, id.ID) error { return nil }

// A worker also sweeps the queue every second.
func TestRepliesAreAnsweredWithoutWakeUps(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, d := startLoggedIn(t, config(t), interceptWakes(loseWake))
		room := d.NewRoom("r")
		time.Sleep(300 * time.Millisecond)
		sent := time.Now()
		first, second := d.Send(room, "one"), d.Send(room, "two")
		d.checkAnswer(first, "You said: one")
		checkElapsed(t, sent, 0, 2*time.Second)
		d.checkAnswer(second, "You said: two")
		checkElapsed(t, sent, 0, 3*time.Second)
	})
}

// The message is stored before the wake-up, so the failure is only logged.
func TestMessagesAreAcceptedWhenWakeUpsFail(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		failing := interceptWakes(func(context.Context, ports.Wakeups, id.ID) error {
			return errors.New("publishing: the queue is unavailable")
		})
		p, d := startLoggedIn(t, config(t), failing)
		room := d.NewRoom("r")
		first, second := d.Send(room, "canary"), d.Send(room, "two")
		d.checkAnswer(first, "You said: canary")
		d.checkAnswer(second, "You said: two")
		checkElapsed(t, midnight(0), 0, 3*time.Second)
		p.checkLogCount(`notify_err="publishing`, 2)
		log := p.Log.String()
		if !strings.Contains(log, "no worker woken for the next reply") {
			t.Errorf("the log does not say that no worker was woken for the second reply:\n%s", log)
		}
		if strings.Contains(log, "canary") {
			t.Errorf("the log contains the text of a message:\n%s", log)
		}
	})
}

func TestDuplicateAndUnknownWakeUpsDoNotRepeatReplies(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		echo := fake.NewEcho(fake.EchoOptions{Latency: time.Second})
		duplicate := interceptWakes(func(ctx context.Context, next ports.Wakeups, replyID id.ID) error {
			return errors.Join(
				next.Wake(ctx, replyID),
				next.Wake(ctx, replyID),
				next.Wake(ctx, "not the id of a reply"))
		})
		_, d := startLoggedIn(t, config(t), boot.Use(echo), duplicate)
		room := d.NewRoom("r")
		first, second := d.Send(room, "one"), d.Send(room, "two")
		d.checkAnswer(second, "You said: two")
		d.checkAnswer(first, "You said: one")
		time.Sleep(time.Minute)
		if n := len(d.newestMessages(room)); n != 4 {
			t.Errorf("the room has %d messages, want 2 messages and their 2 replies", n)
		}
		checkCalls(t, echo, 2)
		d.checkMessageCount(2)
	})
}

// failingConsume is ports.Wakeups that cannot consume wake-ups.
type failingConsume struct{ ports.Wakeups }

// Consume implements ports.Wakeups.
func (failingConsume) Consume(context.Context, func(context.Context, id.ID)) error {
	return errors.New("the queue is gone")
}

func TestTheProgramEndsWhenItCannotConsumeWakeUps(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		failing := boot.Wrap(func(w ports.Wakeups) ports.Wakeups { return failingConsume{w} })
		p, _ := startLoggedIn(t, config(t), failing)
		if signal := <-p.Failed(); signal.ExitCode != 1 {
			t.Errorf("exit code = %d, want 1", signal.ExitCode)
		}
		p.checkLogCount("worker failed", 1)
	})
}
