package failover_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/kuvaka-tech/parley/core/chat"
	"github.com/kuvaka-tech/parley/core/reply"
)

// hangs is a model that emits nothing until its context ends.
func hangs(ctx context.Context, _ chat.Prompt, _ func(string) error) (chat.Usage, error) {
	<-ctx.Done()
	return chat.Usage{}, ctx.Err()
}

// slow returns a model that emits two deltas, each after the interval.
func slow(interval time.Duration) model {
	return func(ctx context.Context, _ chat.Prompt, emit func(string) error) (chat.Usage, error) {
		for _, delta := range []string{"one ", "two"} {
			select {
			case <-time.After(interval):
			case <-ctx.Done():
				return chat.Usage{}, ctx.Err()
			}
			if err := emit(delta); err != nil {
				return chat.Usage{}, err
			}
		}
		return chat.Usage{}, nil
	}
}

// result is what a call of Answer with a timeout of one minute returns.
type result struct {
	text     string
	err      error
	duration time.Duration
}

// expectInAMinute asks with a timeout of one minute and expects these outcomes and this result.
func (f *fixture) expectInAMinute(outcomes string, want result) {
	f.Helper()
	ctx, cancel := context.WithTimeout(f.Context(), time.Minute)
	defer cancel()
	start := time.Now()
	f.outcomes = nil
	text, _, err := f.ask(ctx)
	f.expectOutcomes(outcomes)
	if text != want.text || !errors.Is(err, want.err) || time.Since(start) != want.duration {
		f.Errorf("Answer emitted %q and returned %v after %s, want %+v", text, err, time.Since(start), want)
	}
}

// Three providers have a third of the minute each.
func TestHangingProvider(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFixture(t, hangs, hangs, answers("hi"))
		for range 5 {
			f.expectInAMinute("a failed, b failed, c answered", result{"hi", nil, 40 * time.Second})
		}
		f.expectInAMinute("a skipped, b skipped, c answered", result{"hi", nil, 0})
	})
}

func TestHangingProviderIsATimeout(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFixture(t, hangs, fails(misconfigured))
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		_, _, err := f.ask(ctx)
		var failure *reply.Failure
		if !errors.As(err, &failure) || failure.Code != reply.CodeTimeout || !failure.Retryable {
			t.Errorf("Answer failed with %v, want a retryable failure with %s", err, reply.CodeTimeout)
		}
	})
}

func TestTimeoutIsOnlyForTheFirstDelta(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		newFixture(t, slow(29*time.Second), answers("never")).
			expectInAMinute("a answered", result{"one two", nil, 58 * time.Second})
		newFixture(t, slow(31*time.Second), answers("hi")).
			expectInAMinute("a failed, b answered", result{"hi", nil, 30 * time.Second})
	})
}

func TestNoTimeoutForTheLastProvider(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		newFixture(t, slow(30*time.Second-1)).
			expectInAMinute("a answered", result{"one two", nil, time.Minute - 2})
		newFixture(t, fails(unavailable), slow(25*time.Second)).
			expectInAMinute("a failed, b answered", result{"one two", nil, 50 * time.Second})

		f := newFixture(t, sequence(fails(unavailable), slow(50*time.Second)), fails(retryAfter(time.Hour)))
		f.expect("a failed, b limited", "", unavailable)
		// b is skipped for an hour, so a is the last provider.
		f.expectInAMinute("a left", result{"one ", context.DeadlineExceeded, time.Minute})
	})
}

func TestNoTimeoutWithoutDeadline(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		newFixture(t, slow(time.Hour), answers("never")).expect("a answered", "one two", nil)
	})
}

// The end of the caller's context is not a failure of the provider.
func TestDeadlineOfTheCaller(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFixture(t, hangs)
		for range 10 {
			f.expectInAMinute("a left", result{"", context.DeadlineExceeded, time.Minute})
		}
		f = newFixture(t, fails(unavailable), slow(50*time.Second))
		f.expectInAMinute("a failed, b left", result{"one ", context.DeadlineExceeded, time.Minute})
	})
}

// When the first delta arrives at the same time as the timeout fires, the answer
// comes either from the first provider or completely from the second.
func TestFirstDeltaAtTheTimeout(t *testing.T) {
	for range 100 {
		synctest.Test(t, func(t *testing.T) {
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
			defer cancel()
			text, _, err := newFixture(t, slow(30*time.Second), answers("hi")).ask(ctx)
			fromFirst := text == "one two" || text == "one " && errors.Is(err, context.DeadlineExceeded)
			fromSecond := text == "hi" && err == nil
			if !fromFirst && !fromSecond {
				t.Errorf("Answer emitted %q and returned %v, want an answer from one provider only", text, err)
			}
		})
	}
}
