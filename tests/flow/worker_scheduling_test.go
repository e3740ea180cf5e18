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
	"github.com/kuvaka-tech/parley/tests/client"
)

// Wake-ups are lost, so the worker itself must claim the next reply when a slot becomes free.
func TestAWorkerRunsAtMostWorkerConcurrencyReplies(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const latency = 2300 * time.Millisecond
		var running, most atomic.Int64
		model := withLLM(modelFunc(func(ctx context.Context, _ chat.Prompt, emit func(string) error) error {
			most.Store(max(most.Load(), running.Add(1)))
			defer running.Add(-1)
			if err := sleep(ctx, latency); err != nil {
				return err
			}
			return emit("well")
		}))
		c := config(t, "WORKER_CONCURRENCY", "2", "BASIC_DAILY_LIMIT", "10")
		_, d := startLoggedIn(t, c, model, interceptWakes(loseWake))
		var replies []string
		for i := range 10 {
			replies = append(replies, d.Send(d.NewRoom(fmt.Sprint(i)), "hello"))
		}
		for _, r := range replies {
			d.checkAnswer(r, "well")
		}
		checkElapsed(t, midnight(0), 5*latency, 5*latency+time.Second)
		if most.Load() != 2 {
			t.Errorf("the worker ran up to %d replies concurrently, want 2", most.Load())
		}
	})
}

// startWithTwoTiers starts a program that answers one reply at a time, in latency. It
// returns a Basic user, a Pro user and the prompts in the order of their answers.
func startWithTwoTiers(
	t *testing.T, latency time.Duration, variables ...string,
) (basic, pro device, prompts *promptLog) {
	t.Helper()
	prompts = &promptLog{}
	c := config(t, append(variables, "WORKER_CONCURRENCY", "1")...)
	p, basic := startLoggedIn(t, c, boot.Use(recordingEcho(prompts, latency, nil)))
	pro = p.newDevice().Login(client.Number())
	p.upgrade(pro)
	return basic, pro, prompts
}

func TestProIsAnsweredBeforeBasic(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		basic, pro, prompts := startWithTwoTiers(t, 2*time.Second)
		var last string
		for i := range 4 {
			last = basic.Send(basic.NewRoom("b"), fmt.Sprint("basic ", i))
			time.Sleep(100 * time.Millisecond)
		}
		for i := range 2 {
			pro.Send(pro.NewRoom("p"), fmt.Sprint("pro ", i))
			time.Sleep(100 * time.Millisecond)
		}
		basic.checkAnswer(last, "You said: basic 3")
		const want = "basic 0, pro 0, pro 1, basic 1, basic 2, basic 3"
		if got := strings.Join(prompts.texts(), ", "); got != want {
			t.Errorf("messages were answered in the order %s, want %s", got, want)
		}
	})
}

// A Pro user sends two messages in the time of one answer. A message of a Basic user still
// waits for the Pro user for one head start only.
func TestProDoesNotStarveBasic(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		basic, pro, prompts := startWithTwoTiers(t, time.Second, "PRO_HEAD_START", "30s")
		pro.Send(pro.NewRoom("p"), "0")
		reply := basic.Send(basic.NewRoom("b"), "basic")
		for i := range 119 {
			time.Sleep(500 * time.Millisecond)
			pro.Send(pro.NewRoom("p"), fmt.Sprint((i+1)/2))
		}
		basic.checkAnswer(reply, "You said: basic")
		before, _, _ := strings.Cut(fmt.Sprint(prompts.texts()), " basic")
		if n := len(strings.Fields(before)); n < 30 || n > 32 {
			t.Errorf("%d messages were answered before the one of the Basic user, want about 31: %s", n, before)
		}
	})
}
