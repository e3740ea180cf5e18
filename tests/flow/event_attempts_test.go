package flow

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/kuvaka-tech/parley/adapters/fake"
	"github.com/kuvaka-tech/parley/cmd/parley/boot"
	"github.com/kuvaka-tech/parley/core/chat"
	"github.com/kuvaka-tech/parley/core/reply"
	"github.com/kuvaka-tech/parley/tests/client"
)

// killable returns an option, and a function after which all queue calls of the program's worker fail.
func killable() (option boot.Option, kill func()) {
	var killed atomic.Bool
	option = interceptQueue(func(string) error {
		if killed.Load() {
			return errStoreDown
		}
		return nil
	})
	return option, func() { killed.Store(true) }
}

func TestAfterTheDeathOfAWorkerTheTextStartsAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		option, kill := killable()
		stores := newSharedStores()
		_, d := stores.startFirst(t, func(ctx context.Context, _ chat.Prompt, emit func(string) error) error {
			return errors.Join(emit("half an "), sleep(ctx, time.Hour))
		}, option)
		room := d.NewRoom("r")
		watchers := []*client.Watcher{d.watchRoom(room), d.Watch(allRooms)}
		path := d.Send(room, "hello")
		synctest.Wait()
		kill()
		stores.startSecond(t, d, fake.NewEcho(fake.EchoOptions{Latency: 2 * time.Second}))
		for _, w := range watchers {
			w.UntilView(func(v *client.View) bool { return v.Resets == 1 })
			if text := w.View.Messages[messageID(path)].Content; text != "" {
				t.Errorf("%s: text after the reset = %q, want none", w.Path, text)
			}
			w.Until("done")
			d.checkView(w.View, path)
		}
		checkElapsed(t, midnight(0), reply.Lease, reply.Lease+5*time.Second)
	})
}

// A client that was away during the death of a worker gets the reset, too.
func TestAResumedStreamStartsTheTextOfAnotherAttemptAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		option, kill := killable()
		stores := newSharedStores()
		_, d := stores.startFirst(t, func(ctx context.Context, _ chat.Prompt, emit func(string) error) error {
			return errors.Join(emit("half an "), sleep(ctx, time.Hour))
		}, option)
		room := d.NewRoom("r")
		w := d.watchRoom(room)
		path := d.Send(room, "hello")
		w.Until("delta")
		w.Close()
		kill()
		_, d2 := stores.startSecond(t, d, fake.NewEcho(fake.EchoOptions{Latency: 30 * time.Second}))
		time.Sleep(reply.Lease + 15*time.Second)
		w = w.Resume(d2.Device)
		checkEvents(t, w.Until("done"), "reset", "delta", "done")
		d2.checkView(w.View, path)
	})
}

func TestAFailedAttemptIsFollowedByAnotherOne(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		script := func(_ chat.Prompt, call int) fake.EchoAnswer {
			if call == 1 {
				return fake.EchoAnswer{Text: "half an ", Failure: fake.IncompleteAnswer}
			}
			return fake.EchoAnswer{}
		}
		echo := fake.NewEcho(fake.EchoOptions{Latency: time.Second, Script: script})
		_, d := startLoggedIn(t, config(t), boot.Use(echo))
		room := d.NewRoom("r")
		w := d.openRoom(room)
		path := d.Send(room, "hello")
		w.Until("delta")
		w.UntilView(func(v *client.View) bool { return v.Messages[messageID(path)].Status == "queued" })
		checkEvents(t, w.Until("done"), "message running", "delta", "done")
		d.checkView(w.View, path)
	})
}

func TestAReplyThatFailsEndsWithItsFallbackText(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		echo := fake.NewEcho(fake.EchoOptions{Latency: time.Second, Script: func(chat.Prompt, int) fake.EchoAnswer {
			return fake.EchoAnswer{Text: "I can tell", Failure: &reply.Failure{Code: reply.CodeBlocked}}
		}})
		_, d := startLoggedIn(t, config(t), boot.Use(echo))
		room := d.NewRoom("r")
		w := d.openRoom(room)
		path := d.Send(room, "hello")
		last := w.Until("failed")
		m := messageOf(t, last[len(last)-1])
		if m.Error == nil || m.Error.Code != reply.CodeBlocked || m.Content == "" {
			t.Errorf("the last event has the reply %+v, want a fallback text and the code llm_blocked", m)
		}
		d.checkView(w.View, path)
	})
}

// Without the live log, a stream has whole messages from the store.
func TestAStreamContinuesWithoutTheLiveLog(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for _, live := range [][]boot.Option{withLive(failingLive{}), withLive(lossyLive{})} {
			p, d := startLoggedIn(t, config(t, "ECHO_LATENCY", "5s"), live...)
			room := d.NewRoom("r")
			watchers := []*client.Watcher{d.watchRoom(room), d.Watch(allRooms)}
			sent := time.Now()
			path := d.Send(room, "hello")
			for _, w := range watchers {
				w.Until("done")
				if w.View.Deltas != 0 {
					t.Errorf("%s: %d deltas without the live log, want none", w.Path, w.View.Deltas)
				}
				d.checkView(w.View, path)
			}
			checkElapsed(t, sent, 5*time.Second, 7*time.Second)
			p.checkNoErrorLogs()
		}
	})
}
