package flow

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/kuvaka-tech/parley/adapters/fake"
	"github.com/kuvaka-tech/parley/adapters/memory"
	"github.com/kuvaka-tech/parley/adapters/worker"
	"github.com/kuvaka-tech/parley/cmd/parley/boot"
	"github.com/kuvaka-tech/parley/core/chat"
	"github.com/kuvaka-tech/parley/core/id"
)

// stop ends the program in the middle of a test.
func (p *program) stop() {
	p.t.Helper()
	if err := p.Stop(context.Background()); err != nil {
		p.t.Errorf("stopping: %v", err)
	}
}

// kept is a reply as the store has it, whose path is given.
func kept(t *testing.T, store *memory.Store, owner, path string) chat.Message {
	t.Helper()
	parts := strings.Split(path, "/") // "", chatroom, id, messages, id
	m, err := memory.Messages{Store: store}.Get(context.Background(), id.ID(owner), id.ID(parts[2]), id.ID(parts[4]))
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func TestAnswersUnderWayAreFinishedWhenTheProgramStops(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := memory.New()
		p, d := indoors(t, config(t, "ECHO_LATENCY", "15s"), boot.Keep(store))
		me := d.want(200, "GET", "/user/me", nil).Get("id")
		first := d.ask(d.room("a"), "one")
		busy := d.room("b")
		second, waiting := d.ask(busy, "two"), d.ask(busy, "three")
		time.Sleep(5 * time.Second)
		p.stop()
		took(t, midnight(0), 15*time.Second, 15*time.Second)
		for path, want := range map[string]string{first: "done:You said: one", second: "done:You said: two", waiting: "queued:"} {
			if m := kept(t, store, me, path); string(m.Status)+":"+m.Content != want {
				t.Errorf("kept %s:%s, want %s", m.Status, m.Content, want)
			}
		}
		p.calm()
	})
}

// What does not end in time is abandoned, and answered by the next program.
func TestAnAnswerAbandonedByAProgramThatStops(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPair()
		first := start(t, config(t, "SECRET_KEY", key), p.options(boot.Keep(fake.NewEcho(fake.EchoOptions{Latency: 50 * time.Second})))...)
		d := first.inside().login(number())
		reply := d.ask(d.room("r"), "hello")
		time.Sleep(time.Second)
		first.stop()
		took(t, midnight(0), time.Second+worker.Drain, time.Second+worker.Drain)
		if log := first.log.String(); !strings.Contains(log, "abandoning answers") || !strings.Contains(log, "answer abandoned") {
			t.Errorf("logged: %s", log)
		}
		first.calm()
		_, there := p.second(t, d, fake.NewEcho(fake.EchoOptions{}))
		there.done(reply, "You said: hello")
		took(t, midnight(0), time.Second+worker.Drain, worker.Drain+chat.Lease+time.Second)
		d.used(1)
	})
}

// A worker that is full, with more waiting, ends as fast as any, and begins nothing more.
func TestAFullWorkerThatStops(t *testing.T) {
	for name, latency := range map[string]time.Duration{"in time": 8 * time.Second, "too slow": 50 * time.Second} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				store, echo := memory.New(), fake.NewEcho(fake.EchoOptions{Latency: latency})
				p, d := indoors(t, config(t, "WORKER_CONCURRENCY", "2"), boot.Keep(store), boot.Keep(echo))
				me := d.want(200, "GET", "/user/me", nil).Get("id")
				var replies []string
				for i := range 5 {
					replies = append(replies, d.ask(d.room(fmt.Sprint(i)), "hello"))
				}
				time.Sleep(time.Second)
				p.stop()
				end := min(latency, time.Second+worker.Drain)
				took(t, midnight(0), end, end)
				if echo.Calls() != 2 {
					t.Errorf("%d calls", echo.Calls())
				}
				queued := 0
				for _, reply := range replies {
					if kept(t, store, me, reply).Status == chat.Queued {
						queued++
					}
				}
				if queued != 3 {
					t.Errorf("%d replies left in the queue", queued)
				}
			})
		})
	}
}
