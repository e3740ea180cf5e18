package flow

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/kuvaka-tech/parley/adapters/fake"
	"github.com/kuvaka-tech/parley/adapters/memory"
	"github.com/kuvaka-tech/parley/cmd/parley/boot"
	"github.com/kuvaka-tech/parley/core/chat"
	"github.com/kuvaka-tech/parley/ports"
)

// pair is what two programs on one store have in common.
type pair struct {
	*memory.Store
	*memory.Live
}

func newPair() pair { return pair{memory.New(), memory.NewLive()} }

func (p pair) options(more ...boot.Option) []boot.Option {
	return append(more, boot.Keep(p.Store), boot.Keep(p.Live), boot.InProcess())
}

var key = strings.Repeat("0123456789abcdef", 2) // signs the tokens of both

// second starts the other program, with an answer of its own, and returns the device there.
func (p pair) second(t *testing.T, d device, echo *fake.Echo) (*program, device) {
	t.Helper()
	other := start(t, config(t, "SECRET_KEY", key), p.options(boot.Keep(echo))...)
	return other, device{other.inside().As(d.Token), t}
}

// frozen lets a program's worker stand still from the bubble's first second until it wakes.
func frozen(wakes time.Duration) boot.Option {
	return failing(func(method string) error {
		if now := time.Since(midnight(0)); method != "Finish" && now >= time.Second && now < wakes {
			time.Sleep(wakes - now)
		}
		return nil
	})
}

// A worker that does not renew loses its reply to another; when it wakes up, it writes nothing.
func TestAWorkerFrozenPastItsLease(t *testing.T) {
	for name, wakes := range map[string]time.Duration{"while the other answers": 13 * time.Second, "after the other's answer": 25 * time.Second} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var told error
				says := model(func(ctx context.Context, _ chat.Prompt, emit func(string) error) error {
					if err := errors.Join(emit("from the "), rest(ctx, wakes)); err != nil {
						return err
					}
					told = emit("first")
					return told
				})
				p := newPair()
				first := start(t, config(t, "SECRET_KEY", key), p.options(speaks(says), frozen(wakes+time.Second))...)
				d := first.inside().login(number())
				reply := d.ask(d.room("r"), "hello")
				time.Sleep(2 * time.Second)
				echo := fake.NewEcho(fake.EchoOptions{Latency: 6 * time.Second, Script: func(chat.Prompt, int) fake.Act { return fake.Act{Text: "from the second"} }})
				second, there := p.second(t, d, echo)
				there.done(reply, "from the second")
				took(t, midnight(0), chat.Lease+6*time.Second, chat.Lease+7*time.Second)
				time.Sleep(time.Minute)
				d.done(reply, "from the second")
				if echo.Calls() != 1 || !errors.Is(told, chat.ErrLost) {
					t.Errorf("%d calls of the second; the first was told %v", echo.Calls(), told)
				}
				if !strings.Contains(first.log.String(), "claim ended by others") {
					t.Error("the loss is not in the log")
				}
				d.used(1)
				first.calm()
				second.calm()
			})
		})
	}
}

// One that is frozen without a word more to say finds out when it writes its
// outcome, or when it renews.
func TestAFrozenWorkerWithoutMoreToSay(t *testing.T) {
	for _, outcome := range []error{nil, fake.Cut, &chat.Failure{Code: chat.CodeBlocked}} {
		for _, wakes := range []time.Duration{20 * time.Second, 22 * time.Second} {
			synctest.Test(t, func(t *testing.T) {
				p := newPair()
				first := start(t, config(t, "SECRET_KEY", key), p.options(frozen(wakes),
					speaks(model(func(ctx context.Context, _ chat.Prompt, emit func(string) error) error {
						return errors.Join(emit("first"), rest(ctx, 21*time.Second), outcome)
					})))...)
				d := first.inside().login(number())
				reply := d.ask(d.room("r"), "hello")
				time.Sleep(2 * time.Second)
				_, there := p.second(t, d, fake.NewEcho(fake.EchoOptions{}))
				there.done(reply, "You said: hello")
				time.Sleep(time.Minute)
				there.done(reply, "You said: hello")
				d.used(1)
				first.calm()
				if strings.Count(first.log.String(), "claim ended by others") != 1 {
					t.Errorf("logged: %s", first.log)
				}
			})
		}
	}
}

// A process that dies in the middle of an answer, with all it had to say and do.
func TestAProcessKilledInTheMiddleOfAnAnswer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var dead atomic.Bool
		p := newPair()
		first := start(t, config(t, "SECRET_KEY", key), p.options(
			speaks(model(func(ctx context.Context, _ chat.Prompt, emit func(string) error) error {
				return errors.Join(emit("half an "), rest(ctx, time.Hour))
			})),
			failing(func(string) error {
				if dead.Load() {
					return errAway
				}
				return nil
			}))...)
		d := first.inside().login(number())
		room := d.room("r")
		reply, next := d.ask(room, "hello"), d.ask(room, "and then")
		time.Sleep(17 * time.Second) // renewed at 15 s
		dead.Store(true)
		echo := fake.NewEcho(fake.EchoOptions{Latency: time.Second})
		second, there := p.second(t, d, echo)
		there.done(reply, "You said: hello")
		took(t, midnight(0), (15+10+1)*time.Second, (15+10+2)*time.Second)
		there.done(next, "You said: and then")
		if echo.Calls() != 2 {
			t.Errorf("%d calls", echo.Calls())
		}
		there.used(2)
		second.calm()
	})
}

func TestRoomsDeletedWithAnswersInFlight(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var running, whole atomic.Int64
		store := memory.New()
		p, d := indoors(t, config(t, "BASIC_DAILY_LIMIT", "200", "USER_CONCURRENCY", "0"), boot.Keep(store), speaks(model(func(ctx context.Context, _ chat.Prompt, emit func(string) error) error {
			running.Add(1)
			defer running.Add(-1)
			if err := errors.Join(emit("half an "), rest(ctx, 30*time.Second)); err != nil {
				return err
			}
			whole.Add(1)
			return emit("answer")
		})))
		var rooms, replies []string
		for range 100 {
			room := d.room("r")
			rooms, replies = append(rooms, room), append(replies, d.ask(room, "hello"))
			d.ask(room, "and then")
		}
		time.Sleep(time.Second)
		if running.Load() != 100 {
			t.Fatalf("%d answers in flight", running.Load())
		}
		for _, room := range rooms {
			d.want(http.StatusNoContent, "DELETE", "/chatroom/"+room, nil)
		}
		time.Sleep(chat.RenewEvery)
		if running.Load() != 0 || whole.Load() != 0 {
			t.Errorf("%d answers still in flight, %d whole", running.Load(), whole.Load())
		}
		for _, reply := range replies {
			d.want(http.StatusNotFound, "GET", reply, nil)
		}
		depth, err := memory.Work{Store: store}.Depth(t.Context(), time.Now())
		if err != nil || depth != (ports.Depth{}) {
			t.Errorf("left: %+v, %v", depth, err)
		}
		d.used(200)
		p.calm()
	})
}
