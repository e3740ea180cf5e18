package flow

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/kuvaka-tech/parley/adapters/fake"
	"github.com/kuvaka-tech/parley/cmd/parley/boot"
	"github.com/kuvaka-tech/parley/core/chat"
	"github.com/kuvaka-tech/parley/core/reply"
)

const maxAttempts = 1 + reply.MaxRetries

// checkFailed waits until a reply is final, and checks that it failed with this code
// and a text for the user.
func (d device) checkFailed(path, code string) {
	d.Helper()
	r := d.waitFinal(path)
	checkFields(d, r, map[string]string{"status": "failed", "error.code": code})
	if text := r.Field("content"); !strings.HasPrefix(text, "I") || len(text) < 20 {
		d.Errorf("content of a failed reply = %q, want an apology of the assistant", text)
	}
}

func TestAMessageThatAlwaysFailsDoesNotAffectOthers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const latency = 500 * time.Millisecond
		var prompts promptLog
		echo := recordingEcho(&prompts, latency, func(p chat.Prompt) fake.EchoAnswer {
			if lastMessage(p) == "message 4" {
				return fake.EchoAnswer{Text: "half an ", Failure: fake.IncompleteAnswer}
			}
			return fake.EchoAnswer{}
		})
		p, d := startLoggedIn(t, config(t, "BASIC_DAILY_LIMIT", "10"), boot.Use(echo))
		var replies []string
		for i := range 10 {
			replies = append(replies, d.Send(d.NewRoom(fmt.Sprint(i)), fmt.Sprint("message ", i)))
		}
		d.checkMessageCount(10)
		sent := time.Now()
		for i, path := range replies {
			if i != 4 {
				d.checkAnswer(path, fmt.Sprint("You said: message ", i))
			}
		}
		checkElapsed(t, sent, 0, 2*time.Second)
		d.checkFailed(replies[4], reply.CodeUnavailable)
		d.checkMessageCount(9)
		time.Sleep(time.Hour)
		d.checkFailed(replies[4], reply.CodeUnavailable)
		d.checkMessageCount(9)
		checkCalls(t, echo, 9+maxAttempts)
		checkBackoff(t, prompts.timesOf("message 4"), latency)
		p.checkLogCount("model call failed, quota unit refunded", 1)
		p.checkLogCount("model call failed, retrying", reply.MaxRetries)
		p.checkLogCount("half an", 0)
		p.checkLogCount("message 4", 0)
	})
}

// checkBackoff checks the delays between four attempts that took the same time each.
// The delays are 1, 2 and 4 s with a jitter of half the delay, and up to 1 s until the next sweep.
func checkBackoff(t *testing.T, attempts []time.Time, latency time.Duration) {
	t.Helper()
	if len(attempts) != maxAttempts {
		t.Fatalf("%d attempts, want %d", len(attempts), maxAttempts)
	}
	for i := range len(attempts) - 1 {
		delay, base := attempts[i+1].Sub(attempts[i])-latency, time.Second<<i
		if delay < base/2 || delay > base*3/2+time.Second {
			t.Errorf("delay %d = %v, want %v to %v", i+1, delay, base/2, base*3/2+time.Second)
		}
	}
}

func TestAFailureIsRetriedUntilTheModelAnswers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var prompts promptLog
		echo := recordingEcho(&prompts, 0, func(chat.Prompt) fake.EchoAnswer {
			if len(prompts.texts()) < maxAttempts {
				return fake.EchoAnswer{Text: "half an ", Failure: fake.IncompleteAnswer}
			}
			return fake.EchoAnswer{}
		})
		_, d := startLoggedIn(t, config(t), boot.Use(echo))
		room := d.NewRoom("r")
		first, second := d.Send(room, "one"), d.Send(room, "two")
		d.checkAnswer(second, "You said: two")
		d.checkAnswer(first, "You said: one")
		want := []string{"one", "one", "one", "one", "two"} // the second message waits for the retries of the first
		if got := prompts.texts(); !slices.Equal(got, want) {
			t.Errorf("messages that the model was called for = %q, want %q", got, want)
		}
		d.checkMessageCount(2)
	})
}

func TestTheRetryAfterOfAModelIsUsed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var prompts promptLog
		delays := map[string]time.Duration{"short": 30 * time.Second, "too long": 5 * time.Minute}
		echo := recordingEcho(&prompts, 0, func(p chat.Prompt) fake.EchoAnswer {
			message := lastMessage(p)
			if len(prompts.timesOf(message)) > 1 {
				return fake.EchoAnswer{}
			}
			return fake.EchoAnswer{Failure: &reply.Failure{
				Code: reply.CodeUnavailable, Retryable: true, RetryAfter: delays[message],
			}}
		})
		_, d := startLoggedIn(t, config(t), boot.Use(echo))
		short, tooLong := d.Send(d.NewRoom("a"), "short"), d.Send(d.NewRoom("b"), "too long")
		d.checkFailed(tooLong, reply.CodeUnavailable)
		checkElapsed(t, midnight(0), 0, time.Second) // a reply has 5 minutes, so a retry would be too late
		d.checkAnswer(short, "You said: short")
		calls := prompts.timesOf("short")
		if len(calls) != 2 {
			t.Fatalf("%d calls of the model for the short delay, want 2", len(calls))
		}
		if delay := calls[1].Sub(calls[0]); delay < 30*time.Second || delay > 31*time.Second {
			t.Errorf("delay before the retry = %v, want 30 s to 31 s", delay)
		}
		d.checkMessageCount(1)
	})
}

func TestAFailureThatIsNotRetryableIsFinal(t *testing.T) {
	for _, code := range []string{reply.CodeBlocked, reply.CodeRejected} {
		synctest.Test(t, func(t *testing.T) {
			echo := fake.NewEcho(fake.EchoOptions{Script: func(chat.Prompt, int) fake.EchoAnswer {
				return fake.EchoAnswer{Failure: &reply.Failure{Code: code}}
			}})
			_, d := startLoggedIn(t, config(t), boot.Use(echo))
			sent := time.Now()
			d.checkFailed(d.Send(d.NewRoom("r"), "hello"), code)
			checkElapsed(t, sent, 0, 0)
			checkCalls(t, echo, 1)
			d.checkMessageCount(0)
		})
	}
}

func TestAModelThatHangsTimesOut(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var prompts promptLog
		echo := recordingEcho(&prompts, 0, func(chat.Prompt) fake.EchoAnswer {
			return fake.EchoAnswer{Text: "well", Hang: true}
		})
		_, d := startLoggedIn(t, config(t), boot.Use(echo))
		d.checkFailed(d.Send(d.NewRoom("r"), "hello"), reply.CodeTimeout)
		checkBackoff(t, prompts.timesOf("hello"), time.Minute)
		d.checkMessageCount(0)
	})
}

func TestAModelSlowerThanTheLeaseIsCalledOnce(t *testing.T) {
	for _, latency := range []time.Duration{25 * time.Second, 59 * time.Second} {
		synctest.Test(t, func(t *testing.T) {
			echo := fake.NewEcho(fake.EchoOptions{Latency: latency})
			p, d := startLoggedIn(t, config(t), boot.Use(echo))
			sent := time.Now()
			d.checkAnswer(d.Send(d.NewRoom("r"), "hello"), "You said: hello")
			checkElapsed(t, sent, latency, latency)
			checkCalls(t, echo, 1)
			p.checkNoErrorLogs()
		})
	}
}

// A panic counts as a crash: another attempt follows when the lease expires, at most 20 times.
func TestAPanicOfTheModelIsRetriedUpTo20Times(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		calls := map[string]int{}
		panicking := modelFunc(func(_ context.Context, p chat.Prompt, emit func(string) error) error {
			message := lastMessage(p)
			calls[message]++
			if message == "always" || calls[message] == 1 {
				panic("canary: " + message)
			}
			return emit("still here")
		})
		p, d := startLoggedIn(t, config(t, "WORKER_CONCURRENCY", "1"), withLLM(panicking))
		once, always := d.Send(d.NewRoom("a"), "once"), d.Send(d.NewRoom("b"), "always")
		d.checkAnswer(once, "still here")
		d.checkFailed(always, reply.CodeUnavailable)
		if calls["once"] != 2 || calls["always"] != reply.MaxCrashes {
			t.Errorf("calls by message = %v, want 2 for once and %d for always", calls, reply.MaxCrashes)
		}
		d.checkMessageCount(1)
		p.checkLogCount("panic while answering", 1+reply.MaxCrashes)
		p.checkLogCount("canary", 0)
	})
}

// PostgreSQL stores only valid UTF-8 without NUL in text columns.
func TestAnAnswerWithInvalidTextIsCleaned(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		odd := modelFunc(func(_ context.Context, _ chat.Prompt, emit func(string) error) error {
			for _, delta := range []string{"a\x00", "", "b\xff", "\x00", "c"} {
				if err := emit(delta); err != nil {
					return err
				}
			}
			return nil
		})
		_, d := startLoggedIn(t, config(t), withLLM(odd))
		d.checkAnswer(d.Send(d.NewRoom("r"), "hello"), "ab\uFFFDc")
	})
}
