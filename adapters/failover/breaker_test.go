package failover_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/kuvaka-tech/parley/core/chat"
)

// failsToOpen returns a model that fails until its breaker opens, and then behaves like the next models.
func failsToOpen(next ...model) model {
	down := fails(unavailable)
	return sequence(append([]model{down, down, down, down, down}, next...)...)
}

func TestBreakerOpensAndCloses(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		first := sequence(fails(unavailable), fails(unavailable), fails(misconfigured), fails(unavailable),
			fails(timeout), fails(unavailable), answers("back"))
		f := newFixture(t, first, answers("hi"))
		f.expectTimes(5, "a failed, b answered", "hi", nil) // closed, then open
		f.expectTimes(5, "a skipped, b answered", "hi", nil)
		time.Sleep(30*time.Second - 1)
		f.expect("a skipped, b answered", "hi", nil)
		time.Sleep(time.Nanosecond)
		f.expect("a failed, b answered", "hi", nil) // half-open: the probe fails
		f.expect("a skipped, b answered", "hi", nil)
		time.Sleep(30 * time.Second)
		f.expectTimes(3, "a answered", "back", nil) // half-open: the probe succeeds, then closed
		f.expectLog("call failed", "call failed", "call failed", "call failed", "breaker opened", "call failed",
			"call failed", "breaker closed")
	})
}

// expectLog expects these messages in the log, in this order, all about provider
// a. The log must not contain the causes of failures.
func (f *fixture) expectLog(messages ...string) {
	f.Helper()
	lines := strings.Split(strings.TrimSpace(f.log.String()), "\n")
	if len(lines) != len(messages) || strings.Contains(f.log.String(), "canary") {
		f.Fatalf("the log is %q, want %q without causes", lines, messages)
	}
	for i, line := range lines {
		if !strings.Contains(line, messages[i]) || !strings.Contains(line, "provider=a") {
			f.Errorf("log line %d is %q, want %q about provider a", i, line, messages[i])
		}
	}
}

// A declined prompt counts as a success, so it ends a row of failures too.
func TestOnlyConsecutiveFailuresOpen(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for _, success := range []model{answers("hi"), fails(rejected)} {
			down := fails(unavailable)
			first := sequence(down, down, down, down, success, down, down, down, down, down, answers("never"))
			f := newFixture(t, first)
			for range 10 {
				_, _, _ = f.ask(t.Context())
			}
			if f.outcomes[9] != "a failed" {
				t.Errorf("the outcomes are %q, want the last of ten calls to fail", f.outcomes)
			}
			f.expect("a skipped", "", notCalled(30*time.Second))
		}
	})
}

// A half-open breaker allows one call. Concurrent calls skip the provider.
func TestOneProbe(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var calls atomic.Int32
		slowAnswer := model(func(_ context.Context, _ chat.Prompt, emit func(string) error) (chat.Usage, error) {
			calls.Add(1)
			time.Sleep(time.Second)
			return chat.Usage{}, emit("back")
		})
		f := newFixture(t, failsToOpen(slowAnswer), answers("hi"))
		f.expectTimes(5, "a failed, b answered", "hi", nil)
		time.Sleep(30 * time.Second)
		var wg sync.WaitGroup
		for range 20 {
			wg.Go(func() { _, _, _ = f.ask(t.Context()) })
		}
		wg.Wait()
		if calls.Load() != 1 {
			t.Errorf("the provider received %d calls while half-open, want 1", calls.Load())
		}
		f.expect("a answered", "back", nil)
	})
}

// If no other provider answers, the half-open provider is called by all, without waiting for the probe to end.
func TestHalfOpenProviderIsTheLastResort(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		slowAnswer := model(func(_ context.Context, _ chat.Prompt, emit func(string) error) (chat.Usage, error) {
			time.Sleep(12 * time.Second)
			return chat.Usage{}, emit("back")
		})
		f := newFixture(t, failsToOpen(slowAnswer), fails(misconfigured))
		f.expectTimes(5, "a failed, b failed", "", unavailable)
		time.Sleep(30 * time.Second)
		start := time.Now()
		var wg sync.WaitGroup
		for range 30 {
			wg.Go(func() {
				if text, _, err := f.ask(t.Context()); text != "back" || err != nil {
					t.Errorf("Answer emitted %q and returned %v, want the answer of the half-open provider", text, err)
				}
			})
		}
		wg.Wait()
		if took := time.Since(start); took != 12*time.Second {
			t.Errorf("the answers took %s, want 12 s because all calls are concurrent", took)
		}
	})
}

// If the caller ends the probe, the breaker stays half-open and the next call is the probe.
func TestProbeEndedByTheCaller(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		errEmit := errors.New("emit failed")
		f := newFixture(t, failsToOpen(answers("x"), answers("back")), answers("hi"))
		f.expectTimes(5, "a failed, b answered", "hi", nil)
		time.Sleep(30 * time.Second)
		_, err := f.llm.Answer(t.Context(), chat.Prompt{}, func(string) error { return errEmit })
		if !errors.Is(err, errEmit) {
			t.Errorf("Answer failed with %v, want the error of emit", err)
		}
		f.expect("a answered", "back", nil)
	})
}

// A provider that asks for a wait is skipped for that time. This does not count as a failure.
func TestWaitIsRespected(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFixture(t, fails(retryAfter(7*time.Second)), answers("hi"))
		for range 10 {
			f.expect("a limited, b answered", "hi", nil)
			time.Sleep(7*time.Second - 1)
			f.expect("a skipped, b answered", "hi", nil)
			time.Sleep(time.Nanosecond)
		}
	})
}

func TestWaitIsAtMostAnHour(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const years = 1 << 31 * time.Second
		f := newFixture(t, fails(retryAfter(years)))
		f.expect("a limited", "", retryAfter(years))
		f.expect("a skipped", "", notCalled(time.Hour))
		time.Sleep(time.Hour)
		f.expect("a limited", "", retryAfter(years))
	})
}

// The failure of a skipped provider is its last failure.
func TestSkippedProviderHasItsLastFailure(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFixture(t, sequence(fails(misconfigured), fails(retryAfter(time.Minute))))
		f.expect("a failed", "", misconfigured)
		f.expect("a limited", "", retryAfter(time.Minute))
		f.expect("a skipped", "", notCalled(time.Minute))
	})
}

// If all providers are skipped, RetryAfter is the time until the first of them can be called.
func TestAllProvidersSkipped(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFixture(t, fails(unavailable), fails(retryAfter(time.Minute)))
		f.expect("a failed, b limited", "", unavailable)
		f.expectTimes(4, "a failed, b skipped", "", unavailable)
		f.expect("a skipped, b skipped", "", notCalled(30*time.Second))
		time.Sleep(20 * time.Second)
		f.expect("a skipped, b skipped", "", notCalled(10*time.Second))
	})
}

func TestAllMisconfiguredProvidersSkipped(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFixture(t, fails(misconfigured), fails(misconfigured))
		f.expectTimes(5, "a failed, b failed", "", misconfigured)
		want := notCalled(30 * time.Second)
		want.Retryable = false
		f.expect("a skipped, b skipped", "", want)
	})
}

// The end of the caller's context and an error of emit do not count as failures.
func TestErrorsOfTheCallerDoNotOpen(t *testing.T) {
	errEmit := errors.New("emit failed")
	f := newFixture(t, answers("hi"), answers("never"))
	for range 10 {
		_, err := f.llm.Answer(t.Context(), chat.Prompt{}, func(string) error { return errEmit })
		if !errors.Is(err, errEmit) {
			t.Errorf("Answer failed with %v, want the error of emit", err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		_, err = f.llm.Answer(ctx, chat.Prompt{}, func(string) error { cancel(); return ctx.Err() })
		if !errors.Is(err, context.Canceled) {
			t.Errorf("Answer failed with %v, want context.Canceled", err)
		}
	}
	unexpected := func(outcome string) bool { return outcome != "a left" }
	if len(f.outcomes) != 20 || slices.ContainsFunc(f.outcomes, unexpected) {
		t.Errorf("the outcomes are %q, want 20 times \"a left\"", f.outcomes)
	}
	f.expect("a answered", "hi", nil)
}

func TestNoProviderIsCalledAfterTheContextEnded(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	f := newFixture(t, func(context.Context, chat.Prompt, func(string) error) (chat.Usage, error) {
		cancel()
		return chat.Usage{}, unavailable
	}, answers("never"))
	if text, _, err := f.ask(ctx); text != "" || !errors.Is(err, context.Canceled) {
		t.Errorf("Answer emitted %q and returned %v, want context.Canceled", text, err)
	}
	f.expectOutcomes("a failed")
}
