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
	"github.com/kuvaka-tech/parley/adapters/memory"
	"github.com/kuvaka-tech/parley/cmd/parley/boot"
	"github.com/kuvaka-tech/parley/core/chat"
	"github.com/kuvaka-tech/parley/core/reply"
	"github.com/kuvaka-tech/parley/ports"
	"github.com/kuvaka-tech/parley/tests/client"
)

// sharedStores are the stores that several programs of a test use.
type sharedStores struct {
	*memory.Store
	*memory.Live
	*memory.CancelSignals
}

func newSharedStores() sharedStores {
	return sharedStores{memory.New(), memory.NewLive(), memory.NewCancelSignals()}
}

// options makes a program without sockets use the stores.
func (s sharedStores) options(more ...boot.Option) []boot.Option {
	return append(more, boot.Use(s.Store), boot.Use(s.Live), boot.Use[ports.CancelSignals](s.CancelSignals),
		boot.InProcess())
}

// sharedSecret makes the access tokens of one program valid in the others.
var sharedSecret = strings.Repeat("0123456789abcdef", 2)

// startFirst starts a program with a model and returns it with a logged-in device.
func (s sharedStores) startFirst(t *testing.T, model modelFunc, options ...boot.Option) (*program, device) {
	t.Helper()
	p := start(t, config(t, "SECRET_KEY", sharedSecret), s.options(append(options, withLLM(model))...)...)
	return p, p.newDevice().Login(client.Number())
}

// startSecond starts another program and returns it with a device of the same user.
func (s sharedStores) startSecond(t *testing.T, d device, echo *fake.Echo) (*program, device) {
	t.Helper()
	p := start(t, config(t, "SECRET_KEY", sharedSecret), s.options(boot.Use(echo))...)
	return p, p.newDevice().As(d.Token)
}

// freezeWorker blocks the queue calls of the worker, other than Finish, from the first
// second of the bubble until a time after its start. A frozen worker does not renew its leases.
func freezeWorker(until time.Duration) boot.Option {
	return interceptQueue(func(method string) error {
		if now := time.Since(midnight(0)); method != "Finish" && now >= time.Second && now < until {
			time.Sleep(until - now)
		}
		return nil
	})
}

// Another worker takes over the reply of a frozen worker. When the frozen worker
// continues, it writes nothing.
func TestAFrozenWorkerLosesItsReply(t *testing.T) {
	for name, until := range map[string]time.Duration{
		"continues before the second answer": 13 * time.Second,
		"continues after the second answer":  25 * time.Second,
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var emitErr error
				stores := newSharedStores()
				model := func(ctx context.Context, _ chat.Prompt, emit func(string) error) error {
					if err := errors.Join(emit("from the "), sleep(ctx, until)); err != nil {
						return err
					}
					emitErr = emit("first")
					return emitErr
				}
				first, d := stores.startFirst(t, model, freezeWorker(until+time.Second))
				path := d.Send(d.NewRoom("r"), "hello")
				time.Sleep(2 * time.Second)
				echo := fake.NewEcho(fake.EchoOptions{
					Latency: 6 * time.Second,
					Script:  func(chat.Prompt, int) fake.EchoAnswer { return fake.EchoAnswer{Text: "from the second"} },
				})
				second, d2 := stores.startSecond(t, d, echo)
				d2.checkAnswer(path, "from the second")
				checkElapsed(t, midnight(0), reply.Lease+6*time.Second, reply.Lease+7*time.Second)
				time.Sleep(time.Minute)
				d.checkAnswer(path, "from the second")
				checkCalls(t, echo, 1)
				if !errors.Is(emitErr, reply.ErrClaimLost) {
					t.Errorf("emit after the lost claim: error %v, want reply.ErrClaimLost", emitErr)
				}
				first.checkLogged("level=INFO", `msg="claim ended"`)
				d.checkMessageCount(1)
				first.checkNoErrorLogs()
				second.checkNoErrorLogs()
			})
		})
	}
}

// A frozen worker whose model emits no more text notices the lost claim when it writes
// the outcome (it continues after 20 s), or when it renews the lease (after 22 s).
func TestAFrozenWorkerThatEmitsNothingLosesItsReply(t *testing.T) {
	for _, outcome := range []error{nil, fake.IncompleteAnswer, &reply.Failure{Code: reply.CodeBlocked}} {
		for _, until := range []time.Duration{20 * time.Second, 22 * time.Second} {
			synctest.Test(t, func(t *testing.T) {
				stores := newSharedStores()
				model := func(ctx context.Context, _ chat.Prompt, emit func(string) error) error {
					return errors.Join(emit("first"), sleep(ctx, 21*time.Second), outcome)
				}
				first, d := stores.startFirst(t, model, freezeWorker(until))
				path := d.Send(d.NewRoom("r"), "hello")
				time.Sleep(2 * time.Second)
				_, d2 := stores.startSecond(t, d, fake.NewEcho(fake.EchoOptions{}))
				d2.checkAnswer(path, "You said: hello")
				time.Sleep(time.Minute)
				d2.checkAnswer(path, "You said: hello")
				d.checkMessageCount(1)
				first.checkNoErrorLogs()
				first.checkLogCount("claim ended", 1)
			})
		}
	}
}

// A process that is killed during an answer can do nothing more: all of its queue calls fail.
func TestTheReplyOfAKilledProcessIsAnsweredByAnother(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var killed atomic.Bool
		kill := interceptQueue(func(string) error {
			if killed.Load() {
				return errStoreDown
			}
			return nil
		})
		stores := newSharedStores()
		model := func(ctx context.Context, _ chat.Prompt, emit func(string) error) error {
			return errors.Join(emit("half an "), sleep(ctx, time.Hour))
		}
		_, d := stores.startFirst(t, model, kill)
		room := d.NewRoom("r")
		first, next := d.Send(room, "hello"), d.Send(room, "and then")
		time.Sleep(17 * time.Second) // the last renewal is at 15 s
		killed.Store(true)
		echo := fake.NewEcho(fake.EchoOptions{Latency: time.Second})
		second, d2 := stores.startSecond(t, d, echo)
		d2.checkAnswer(first, "You said: hello")
		expiry := 15*time.Second + reply.Lease
		checkElapsed(t, midnight(0), expiry+time.Second, expiry+2*time.Second)
		d2.checkAnswer(next, "You said: and then")
		checkCalls(t, echo, 2)
		d2.checkMessageCount(2)
		second.checkNoErrorLogs()
	})
}
