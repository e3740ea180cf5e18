package flow

import (
	"context"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/kuvaka-tech/parley/cmd/parley/boot"
	"github.com/kuvaka-tech/parley/core/chat"
	"github.com/kuvaka-tech/parley/core/id"
	"github.com/kuvaka-tech/parley/ports"
)

func TestAWorkerAnswersNoMoreThanItsConcurrencyAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var running, most atomic.Int64
		speak := speaks(model(func(ctx context.Context, _ chat.Prompt, emit func(string) error) error {
			now := running.Add(1)
			defer running.Add(-1)
			if now > most.Load() {
				most.Store(now)
			}
			if err := rest(ctx, 2300*time.Millisecond); err != nil {
				return err
			}
			return emit("well")
		}))
		lost := waking(func(ports.Queue, context.Context, id.ID) error { return nil })
		_, d := indoors(t, config(t, "WORKER_CONCURRENCY", "2", "BASIC_DAILY_LIMIT", "10"), speak, lost)
		var replies []string
		for i := range 10 {
			replies = append(replies, d.ask(d.room(fmt.Sprint(i)), "hello"))
		}
		for _, r := range replies {
			d.done(r, "well")
		}
		took(t, midnight(0), 5*2300*time.Millisecond, time.Second+5*2300*time.Millisecond) // a slot that gets free is filled at once, unwoken
		if most.Load() != 2 {
			t.Errorf("%d calls at once", most.Load())
		}
	})
}

func TestProIsAnsweredBeforeBasic(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var d diary
		p, basic := indoors(t, config(t, "WORKER_CONCURRENCY", "1"), boot.Keep(noting(&d, 2*time.Second, nil)))
		pro := p.inside().login(number())
		p.buys(pro)
		var last string
		for i := range 4 {
			last = basic.ask(basic.room("b"), fmt.Sprint("basic ", i))
			time.Sleep(100 * time.Millisecond)
		}
		for i := range 2 {
			pro.ask(pro.room("p"), fmt.Sprint("pro ", i))
			time.Sleep(100 * time.Millisecond)
		}
		basic.done(last, "You said: basic 3")
		if got := strings.Join(d.order(), ", "); got != "basic 0, pro 0, pro 1, basic 1, basic 2, basic 3" {
			t.Errorf("answered %s", got)
		}
	})
}

// Pro asks for twice of what the worker can do. What Basic sent before still
// passes all that Pro sends more than the head start later.
func TestProDoesNotStarveBasic(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var d diary
		p, basic := indoors(t, config(t, "WORKER_CONCURRENCY", "1", "PRO_HEAD_START", "30s"), boot.Keep(noting(&d, time.Second, nil)))
		pro := p.inside().login(number())
		p.buys(pro)
		pro.ask(pro.room("p"), "0")
		reply := basic.ask(basic.room("b"), "basic")
		for i := range 119 {
			time.Sleep(500 * time.Millisecond)
			pro.ask(pro.room("p"), fmt.Sprint((i+1)/2))
		}
		basic.done(reply, "You said: basic")
		before, _, _ := strings.Cut(fmt.Sprint(d.order()), " basic")
		if n := len(strings.Fields(before)); n < 59 || n > 61 { // those of the first 30 s
			t.Errorf("%d went before basic: %s", n, before)
		}
		took(t, midnight(0), 60*time.Second, 63*time.Second)
	})
}
