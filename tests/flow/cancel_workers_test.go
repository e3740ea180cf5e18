package flow

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/kuvaka-tech/parley/adapters/fake"
	"github.com/kuvaka-tech/parley/cmd/parley/boot"
	"github.com/kuvaka-tech/parley/configs"
	"github.com/kuvaka-tech/parley/core/chat"
	"github.com/kuvaka-tech/parley/core/id"
	"github.com/kuvaka-tech/parley/core/reply"
	"github.com/kuvaka-tech/parley/ports"
	"github.com/kuvaka-tech/parley/tests/client"
)

// lostSignals is a ports.CancelSignals that fails, as while Redis is down.
type lostSignals struct{}

func (lostSignals) Send(context.Context, id.ID) error { return errLiveDown }
func (lostSignals) Receive(ctx context.Context, _ func(id.ID)) error {
	return errors.Join(errLiveDown, ctx.Err())
}

func withoutSignals() boot.Option {
	return boot.Wrap(func(ports.CancelSignals) ports.CancelSignals { return lostSignals{} })
}

func TestACancelWithoutASignalIsNoticedAtTheNextRenewal(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := wordModel{words: 5, every: 1100 * time.Millisecond}
		p, d := startLoggedIn(t, config(t), withLLM(modelFunc(m.answer)), withoutSignals())
		path := d.Send(d.NewRoom("r"), "hello")
		time.Sleep(1500 * time.Millisecond)
		checkFields(t, d.cancel(path), map[string]string{"status": "running", "content": "word-0\n"})
		checkFields(t, d.Wait(path), map[string]string{"status": "cancelled", "content": "word-0\nword-1\n"})
		checkElapsed(t, midnight(0), reply.RenewEvery, reply.RenewEvery)
		d.checkMessageCount(1)
		p.checkLogged("level=WARN", `notify_err="the live log is down"`)
	})
}

func TestAReplyIsCancelledThroughAnotherProcess(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		stores := newSharedStores()
		first, d := stores.startFirst(t, fiveWords.answer)
		second := stores.startAPI(t).newDevice().As(d.Token)
		room := d.NewRoom("r")
		w := second.watchRoom(room)
		path := d.Send(room, "hello")
		time.Sleep(2500 * time.Millisecond)
		second.cancel(path)
		w.Until("cancelled")
		second.checkView(w.View, path)
		checkElapsed(t, midnight(0), 2500*time.Millisecond, 2500*time.Millisecond)
		synctest.Wait() // the worker logs it after the event
		first.checkLogged("level=INFO", "msg=cancelled", "refunded=false")
	})
}

// startAPI starts another program on the stores. It has no worker.
func (s sharedStores) startAPI(t *testing.T) *program {
	t.Helper()
	c := config(t, "SECRET_KEY", sharedSecret)
	c.Role = configs.RoleAPI
	return start(t, c, s.options()...)
}

// startDeadWorker starts an answer whose worker is killed after two and a half seconds. It
// returns a device of a program without a worker, a stream and the path of the reply.
func startDeadWorker(t *testing.T, stores sharedStores) (d device, w *client.Watcher, path string) {
	t.Helper()
	option, kill := killable()
	_, first := stores.startFirst(t, func(ctx context.Context, _ chat.Prompt, emit func(string) error) error {
		return errors.Join(emit("half an "), sleep(ctx, time.Hour))
	}, option)
	d = stores.startAPI(t).newDevice().As(first.Token)
	room := d.NewRoom("r")
	w = d.watchRoom(room)
	path = d.Send(room, "hello")
	time.Sleep(2500 * time.Millisecond)
	kill()
	return d, w, path
}

func TestTheAPIEndsACancelledReplyWhoseWorkerIsDead(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d, w, path := startDeadWorker(t, newSharedStores())
		time.Sleep(reply.Lease)
		checkFields(t, d.cancel(path), map[string]string{"status": "cancelled", "content": "half an "})
		w.Until("cancelled")
		d.checkView(w.View, path)
		d.wantNotCancellable(path)
		d.checkMessageCount(1)
	})
}

// The lease of the dead worker has not expired yet. The next worker that claims the reply
// ends it without a call of the model.
func TestTheNextWorkerEndsACancelledReply(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		stores := newSharedStores()
		d, w, path := startDeadWorker(t, stores)
		for range 2 {
			checkFields(t, d.cancel(path), map[string]string{"status": "running", "content": "half an "})
		}
		echo := fake.NewEcho(fake.EchoOptions{})
		stores.startSecond(t, d, echo)
		w.Until("cancelled")
		d.checkView(w.View, path)
		checkElapsed(t, midnight(0), reply.Lease, reply.Lease+2*time.Second)
		checkFields(t, d.Wait(path), map[string]string{"content": "half an "})
		checkCalls(t, echo, 0)
		d.checkMessageCount(1)
	})
}

// Without the live log, nobody has seen a text.
func TestACancelWithoutTheLiveLogRefunds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		options := append(withLive(failingLive{}), withLLM(modelFunc(fiveWords.answer)))
		p, d := startLoggedIn(t, config(t), options...)
		path := d.Send(d.NewRoom("r"), "hello")
		time.Sleep(2500 * time.Millisecond)
		d.cancel(path)
		checkFields(t, d.Wait(path), map[string]string{"status": "cancelled", "content": ""})
		d.checkMessageCount(0)
		p.checkNoErrorLogs()
	})
}
