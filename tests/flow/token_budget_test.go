package flow

import (
	"context"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/kuvaka-tech/parley/adapters/memory"
	"github.com/kuvaka-tech/parley/cmd/parley/boot"
	"github.com/kuvaka-tech/parley/core/chat"
	"github.com/kuvaka-tech/parley/core/quota"
	"github.com/kuvaka-tech/parley/core/reply"
	"github.com/kuvaka-tech/parley/tests/client"
)

// meteredModel is a model that reports the same token usage for each answer. It fails
// when the message is "fail"; a failed answer has used the input tokens.
type meteredModel struct {
	usage   chat.Usage
	latency time.Duration
}

// Answer implements ports.LLM.
func (m meteredModel) Answer(ctx context.Context, p chat.Prompt, emit func(string) error) (chat.Usage, error) {
	inputOnly := chat.Usage{In: m.usage.In}
	if err := sleep(ctx, m.latency); err != nil {
		return inputOnly, err
	}
	if lastMessage(p) == "fail" {
		return inputOnly, &reply.Failure{Code: reply.CodeBlocked}
	}
	return m.usage, emit("well")
}

// checkOverloaded checks that a message is refused because the tokens of the day are
// spent, and that Retry-After is the wait, rounded up to seconds.
func (d device) checkOverloaded(room string, wait time.Duration, headers ...string) {
	d.Helper()
	r := d.postMessage(room, "hello", headers...)
	checkError(d.TB, r, http.StatusServiceUnavailable, "overloaded")
	retryAfter := r.Header.Get("Retry-After")
	seconds, err := strconv.Atoi(retryAfter)
	rounding := time.Duration(seconds)*time.Second - wait
	if err != nil || rounding < 0 || rounding >= time.Second {
		d.Errorf("Retry-After = %q, want %v", retryAfter, wait)
	}
}

// After the tokens of a day are spent, new messages are refused until midnight, those
// of Pro users too. Accepted messages are answered, and can be repeated with their key.
func TestMessagesAreRefusedAfterTheTokensOfTheDayAreSpent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		model := meteredModel{usage: chat.Usage{In: 600, Out: 100}, latency: 10 * time.Second}
		p, d := startLoggedIn(t,
			config(t, "LLM_DAILY_TOKENS", "1000", "ACCESS_TOKEN_EXPIRE_MINUTES", "10000"), withLLM(model))
		pro := p.newDevice().Login(client.Number())
		p.upgrade(pro)
		proRoom, room := pro.NewRoom("p"), d.NewRoom("b")
		first := d.Send(room, "hello", idempotencyKey, "a")
		d.checkAnswer(first, "well")
		time.Sleep(3 * time.Second)
		failing := d.Send(room, "fail") // 700 tokens are spent, so this is still accepted
		last := pro.Send(proRoom, "hello")
		time.Sleep(13 * time.Second)
		d.checkFailed(failing, reply.CodeBlocked)

		left := time.Until(midnight(1))
		pro.checkOverloaded(proRoom, left)
		d.checkOverloaded(room, left)
		d.checkOverloaded(room, left, idempotencyKey, "b")
		if again := d.Send(room, "hello", idempotencyKey, "a"); again != first {
			t.Errorf("reply of a message that was sent again with its key = %s, want the first one: %s", again, first)
		}
		other := object{"content": "other"}
		d.Want(http.StatusUnprocessableEntity, "POST", "/chatroom/"+room+"/message", other, idempotencyKey, "a")
		d.Want(http.StatusNotFound, "POST", "/chatroom/"+proRoom+"/message", other)
		pro.checkAnswer(last, "well")
		d.checkMessageCount(1)

		sleepUntil(midnight(1).Add(-time.Second))
		pro.checkOverloaded(proRoom, time.Second)
		sleepUntil(midnight(1))
		pro.checkAnswer(pro.Send(proRoom, "hello"), "well")
		d.checkAnswer(d.Send(room, "hello", idempotencyKey, "b"), "well")
		checkBudgetLog(t, p.Log.String())
	})
}

// checkBudgetLog checks that the log says once that the budget is exhausted and once
// that it is available again, and has one other error: the model call that failed.
func checkBudgetLog(t *testing.T, log string) {
	t.Helper()
	for text, want := range map[string]int{
		"daily token budget exhausted":       1,
		"daily token budget available again": 1,
		"level=ERROR":                        2,
	} {
		if got := strings.Count(log, text); got != want {
			t.Errorf("%d lines of the log contain %q, want %d:\n%s", got, text, want, log)
		}
	}
}

// The token budget is checked before the user's quota, and a message that it refuses
// does not use up the quota.
func TestTheTokenBudgetIsCheckedBeforeTheQuota(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := memory.New()
		_, d := startLoggedIn(t, config(t, "LLM_DAILY_TOKENS", "10", "BASIC_DAILY_LIMIT", "1"), boot.Use(store))
		room := d.NewRoom("r")
		d.Send(room, "hello")
		d.checkQuotaExhausted(room)
		if err := (memory.TokenSpend{Store: store}).Add(t.Context(), quota.DayOf(time.Now()), 10); err != nil {
			t.Fatalf("spend 10 tokens: %v", err)
		}
		time.Sleep(time.Second)
		d.checkOverloaded(room, time.Until(midnight(1)))
		d.checkMessageCount(1)
	})
}

// The tokens of all processes count, and all processes refuse messages.
func TestProcessesShareTheTokenBudget(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		stores := newSharedStores()
		startProcess := func() *program {
			c := config(t, "SECRET_KEY", sharedSecret, "LLM_DAILY_TOKENS", "100")
			return start(t, c, stores.options(withLLM(meteredModel{usage: chat.Usage{In: 60}}))...)
		}
		first := startProcess().newDevice().Login(client.Number())
		second := startProcess().newDevice().As(first.Token)
		room := first.NewRoom("r")
		first.checkAnswer(first.Send(room, "one"), "well")
		second.checkAnswer(second.Send(room, "two"), "well")
		time.Sleep(3 * time.Second)
		first.checkOverloaded(room, time.Until(midnight(1)))
		second.checkOverloaded(room, time.Until(midnight(1)))
	})
}

func TestThereIsNoTokenBudgetByDefault(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		model := meteredModel{usage: chat.Usage{In: 1 << 30, Out: 1 << 30}}
		_, d := startLoggedIn(t, config(t), withLLM(model))
		room := d.NewRoom("r")
		for range 5 {
			d.checkAnswer(d.Send(room, "hello"), "well")
			time.Sleep(3 * time.Second)
		}
	})
}
