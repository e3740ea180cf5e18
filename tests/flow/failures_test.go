package flow

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/kuvaka-tech/parley/adapters/fake"
	"github.com/kuvaka-tech/parley/cmd/parley/boot"
	"github.com/kuvaka-tech/parley/core/chat"
)

// failed checks that a reply failed for good, with a text for its reader.
func (d device) failed(path, code string) {
	d.t.Helper()
	a := d.final(path)
	if a.Get("status") != "failed" || a.Get("error.code") != code || !strings.HasPrefix(a.Get("content"), "I") || len(a.Get("content")) < 20 {
		d.t.Errorf("reply: %s, want %s", a.Body, code)
	}
}

func TestAMessageThatAlwaysFailsAmongTen(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var d diary
		echo := noting(&d, 500*time.Millisecond, func(p chat.Prompt) fake.Act {
			if asked(p) == "message 4" {
				return fake.Act{Text: "half an ", Fail: fake.Cut}
			}
			return fake.Act{}
		})
		p, dev := indoors(t, config(t, "BASIC_DAILY_LIMIT", "10"), boot.Keep(echo))
		var replies []string
		for i := range 10 {
			replies = append(replies, dev.ask(dev.room(fmt.Sprint(i)), fmt.Sprint("message ", i)))
		}
		dev.used(10)
		sent := time.Now()
		for i, r := range replies {
			if i != 4 {
				dev.done(r, fmt.Sprint("You said: message ", i))
			}
		}
		took(t, sent, 0, 2*time.Second)
		dev.failed(replies[4], chat.CodeUnavailable)
		dev.used(9)
		time.Sleep(time.Hour)
		dev.failed(replies[4], chat.CodeUnavailable)
		dev.used(9)
		if echo.Calls() != 13 {
			t.Errorf("%d calls, want 9 and 1 + 3", echo.Calls())
		}
		checkBackoff(t, d.of("message 4"), 500*time.Millisecond)
		if log := p.log.String(); strings.Count(log, "llm failed for good") != 1 || strings.Count(log, "llm failed, trying again") != 3 || strings.Contains(log, "half an") || strings.Contains(log, "message 4") {
			t.Errorf("logged: %s", log)
		}
	})
}

// checkBackoff checks the waits between attempts that each took so long: 1, 2
// and 4 s, half less to half more, and up to a second until the sweep.
func checkBackoff(t *testing.T, attempts []time.Time, each time.Duration) {
	t.Helper()
	if len(attempts) != 4 {
		t.Fatalf("%d attempts, want 4", len(attempts))
	}
	for i := range 3 {
		wait, base := attempts[i+1].Sub(attempts[i])-each, time.Second<<i
		if wait < base/2 || wait > base*3/2+time.Second {
			t.Errorf("wait %d was %v", i+1, wait)
		}
	}
}

func TestAFailureThatPasses(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var d diary
		echo := noting(&d, 0, func(chat.Prompt) fake.Act {
			if len(d.order()) < 4 {
				return fake.Act{Text: "half an ", Fail: fake.Cut}
			}
			return fake.Act{}
		})
		_, dev := indoors(t, config(t), boot.Keep(echo))
		room := dev.room("r")
		first, second := dev.ask(room, "one"), dev.ask(room, "two")
		dev.done(second, "You said: two") // it waited for the retries of the first
		dev.done(first, "You said: one")
		if got := fmt.Sprint(d.order()); got != "[one one one one two]" {
			t.Errorf("asked for %s", got)
		}
		dev.used(2)
	})
}

func TestAModelThatSaysWhenToComeAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var d diary
		waits := map[string]time.Duration{"soon": 30 * time.Second, "never": 5 * time.Minute}
		echo := noting(&d, 0, func(p chat.Prompt) fake.Act {
			if len(d.of(asked(p))) > 1 {
				return fake.Act{}
			}
			return fake.Act{Fail: &chat.Failure{Code: chat.CodeUnavailable, Retryable: true, RetryAfter: waits[asked(p)]}}
		})
		_, dev := indoors(t, config(t), boot.Keep(echo))
		soon, never := dev.ask(dev.room("a"), "soon"), dev.ask(dev.room("b"), "never")
		dev.failed(never, chat.CodeUnavailable)
		took(t, midnight(0), 0, time.Second) // no wait fits into the 5 minutes
		dev.done(soon, "You said: soon")
		if times := d.of("soon"); len(times) != 2 || times[1].Sub(times[0]) < 30*time.Second || times[1].Sub(times[0]) > 31*time.Second {
			t.Errorf("asked at %v", times)
		}
		dev.used(1)
	})
}

func TestAFailureThatTryingAgainWouldNotHelp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for _, code := range []string{chat.CodeBlocked, chat.CodeRejected} {
			echo := fake.NewEcho(fake.EchoOptions{Script: func(chat.Prompt, int) fake.Act { return fake.Act{Fail: &chat.Failure{Code: code}} }})
			_, d := indoors(t, config(t), boot.Keep(echo))
			sent := time.Now()
			d.failed(d.ask(d.room("r"), "hello"), code)
			took(t, sent, 0, 0)
			if echo.Calls() != 1 {
				t.Errorf("%s: %d calls", code, echo.Calls())
			}
			d.used(0)
		}
	})
}

func TestAModelThatHangs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var d diary
		echo := noting(&d, 0, func(chat.Prompt) fake.Act { return fake.Act{Text: "well", Hang: true} })
		_, dev := indoors(t, config(t), boot.Keep(echo))
		reply := dev.ask(dev.room("r"), "hello")
		dev.failed(reply, chat.CodeTimeout)
		checkBackoff(t, d.of("hello"), time.Minute)
		dev.used(0)
	})
}

func TestAModelSlowerThanTheLeaseIsCalledOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for _, latency := range []time.Duration{25 * time.Second, 59 * time.Second} {
			echo := fake.NewEcho(fake.EchoOptions{Latency: latency})
			p, d := indoors(t, config(t), boot.Keep(echo))
			sent := time.Now()
			d.done(d.ask(d.room("r"), "hello"), "You said: hello")
			took(t, sent, latency, latency)
			if echo.Calls() != 1 {
				t.Errorf("%d calls of %v", echo.Calls(), latency)
			}
			p.calm()
		}
	})
}

// A panic is a crash: the lease runs out and another attempt follows, 20 times at most.
func TestAModelThatPanics(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		calls := map[string]int{}
		p, d := indoors(t, config(t, "WORKER_CONCURRENCY", "1"), speaks(model(func(_ context.Context, p chat.Prompt, emit func(string) error) error {
			if calls[asked(p)]++; asked(p) == "always" || calls[asked(p)] == 1 {
				panic("canary: " + asked(p))
			}
			return emit("still here")
		})))
		once, always := d.ask(d.room("a"), "once"), d.ask(d.room("b"), "always")
		d.done(once, "still here")
		d.failed(always, chat.CodeUnavailable)
		if calls["once"] != 2 || calls["always"] != chat.MaxCrashes {
			t.Errorf("calls: %v", calls)
		}
		d.used(1)
		if log := p.log.String(); !strings.Contains(log, "panic while answering") || strings.Contains(log, "canary") {
			t.Error("a panic must be logged, and not what it says")
		}
	})
}

// What a text column cannot keep is left out of an answer.
func TestAnAnswerOfOddBytes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, d := indoors(t, config(t), speaks(model(func(_ context.Context, _ chat.Prompt, emit func(string) error) error {
			for _, delta := range []string{"a\x00", "", "b\xff", "\x00", "c"} {
				if err := emit(delta); err != nil {
					return err
				}
			}
			return nil
		})))
		d.done(d.ask(d.room("r"), "hello"), "ab\uFFFDc")
	})
}
