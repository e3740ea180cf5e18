package failover_test

import (
	"context"
	"errors"
	"log/slog"
	"math"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/kuvaka-tech/parley/adapters/failover"
	"github.com/kuvaka-tech/parley/core/chat"
	"github.com/kuvaka-tech/parley/core/reply"
)

// fixture is an LLM over the providers a, b and so on, with its outcomes and its log.
type fixture struct {
	*testing.T
	llm      *failover.LLM
	mu       sync.Mutex
	outcomes []string // such as "a failed"
	log      strings.Builder
}

func newFixture(t *testing.T, models ...model) *fixture {
	t.Helper()
	f := &fixture{T: t}
	var providers []failover.Provider
	for i, m := range models {
		providers = append(providers, failover.Provider{Name: string(rune('a' + i)), LLM: m})
	}
	options := failover.Options{Log: slog.New(slog.NewTextHandler(&f.log, nil)), Observe: f.observe}
	llm, err := failover.New(providers, options)
	if err != nil {
		t.Fatalf("New: %v", err)
	}
	f.llm = llm
	return f
}

func (f *fixture) observe(provider, outcome string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.outcomes = append(f.outcomes, provider+" "+outcome)
}

func (f *fixture) ask(ctx context.Context) (text string, u chat.Usage, err error) {
	u, err = f.llm.Answer(ctx, chat.Prompt{}, func(delta string) error { text += delta; return nil })
	return text, u, err
}

// expect asks once. It expects these outcomes, such as "a failed, b answered",
// this text, and this failure apart from its cause, nil for no error.
func (f *fixture) expect(outcomes, text string, want *reply.Failure) {
	f.Helper()
	f.outcomes = nil
	gotText, _, err := f.ask(f.Context())
	f.expectOutcomes(outcomes)
	if gotText != text {
		f.Errorf("Answer emitted %q, want %q", gotText, text)
	}
	var got *reply.Failure
	if err != nil && !errors.As(err, &got) {
		f.Fatalf("Answer returned %T %v, want a *reply.Failure or nil", err, err)
	}
	if diff := cmp.Diff(want, got, cmpopts.IgnoreFields(reply.Failure{}, "Cause")); diff != "" {
		f.Errorf("failure (-want +got):\n%s", diff)
	}
}

// expectTimes calls expect n times.
func (f *fixture) expectTimes(n int, outcomes, text string, want *reply.Failure) {
	f.Helper()
	for range n {
		f.expect(outcomes, text, want)
	}
}

func (f *fixture) expectOutcomes(want string) {
	f.Helper()
	if got := strings.Join(f.outcomes, ", "); got != want {
		f.Errorf("the outcomes are %q, want %q", got, want)
	}
}

// answers returns a model that emits the text.
func answers(text string) model { return fails(nil, text) }

// fails returns a model that emits the text, if any, and then returns err.
func fails(err error, text ...string) model {
	return func(_ context.Context, _ chat.Prompt, emit func(string) error) (chat.Usage, error) {
		for _, delta := range text {
			if err := emit(delta); err != nil {
				return chat.Usage{In: 1}, err
			}
		}
		return chat.Usage{In: 1, Out: len(text)}, err
	}
}

// sequence returns a model that behaves like the next of the models with each
// call, and like the last one from then on.
func sequence(models ...model) model {
	return func(ctx context.Context, p chat.Prompt, emit func(string) error) (chat.Usage, error) {
		current := models[0]
		if len(models) > 1 {
			models = models[1:]
		}
		return current(ctx, p, emit)
	}
}

var (
	unavailable   = &reply.Failure{Code: reply.CodeUnavailable, Retryable: true, Cause: errors.New("cause-canary")}
	misconfigured = &reply.Failure{Code: reply.CodeUnavailable}
	timeout       = &reply.Failure{Code: reply.CodeTimeout, Retryable: true}
	rejected      = &reply.Failure{Code: reply.CodeRejected}
	blocked       = &reply.Failure{Code: reply.CodeBlocked}
)

// retryAfter returns the failure of a provider that asks for a wait.
func retryAfter(wait time.Duration) *reply.Failure {
	return &reply.Failure{Code: reply.CodeUnavailable, Retryable: true, RetryAfter: wait}
}

// notCalled returns the failure when all providers were skipped.
func notCalled(wait time.Duration) *reply.Failure {
	f := retryAfter(wait)
	f.NotCalled = true
	return f
}

func TestFirstProviderAnswers(t *testing.T) {
	newFixture(t, answers("hi"), fails(unavailable)).expect("a answered", "hi", nil)
}

func TestNextProviderIsCalledAfterFailure(t *testing.T) {
	for _, c := range []struct {
		err      error
		outcomes string
	}{
		{unavailable, "a failed, b answered"},
		{misconfigured, "a failed, b answered"},
		{timeout, "a failed, b answered"},
		{retryAfter(time.Minute), "a limited, b answered"},
		{rejected, "a declined, b answered"},
		{context.DeadlineExceeded, "a failed, b answered"}, // from a timeout of the adapter
	} {
		newFixture(t, fails(c.err), answers("hi")).expect(c.outcomes, "hi", nil)
	}
	newFixture(t, fails(unavailable), fails(rejected), answers("hi"), answers("never")).
		expect("a failed, b declined, c answered", "hi", nil)
}

func TestNoOtherProviderAfterBlock(t *testing.T) {
	newFixture(t, fails(blocked), answers("hi")).expect("a declined", "", blocked)
	newFixture(t, fails(blocked, "half"), answers("hi")).expect("a declined", "half", blocked)
	newFixture(t, fails(unavailable), fails(blocked), answers("hi")).expect("a failed, b declined", "", blocked)
}

// Another provider cannot continue an answer. The failure allows an immediate
// retry, because another provider can be called then.
func TestNoOtherProviderAfterText(t *testing.T) {
	f := newFixture(t, fails(retryAfter(time.Minute), "half"), answers("whole"))
	f.expect("a limited", "half", unavailable)
	f.expect("a skipped, b answered", "whole", nil)
	newFixture(t, fails(retryAfter(time.Minute), "half")).expect("a limited", "half", retryAfter(time.Minute))
	newFixture(t, fails(rejected, "half"), answers("whole")).expect("a declined", "half", rejected)
}

// A provider whose last failure is not retryable does not shorten the wait.
func TestWaitIgnoresMisconfiguredProvider(t *testing.T) {
	half := fails(retryAfter(time.Minute), "half")
	f := newFixture(t, sequence(fails(unavailable), half), fails(misconfigured))
	f.expect("a failed, b failed", "", unavailable)
	f.expect("a limited", "half", retryAfter(time.Minute))

	models := []model{
		sequence(fails(unavailable), fails(unavailable), half),
		sequence(fails(misconfigured), answers("hi")),
	}
	f = newFixture(t, models...)
	f.expect("a failed, b failed", "", unavailable)
	f.expect("a failed, b answered", "hi", nil)
	f.expect("a limited", "half", unavailable)
}

func TestAllProvidersFail(t *testing.T) {
	type failures = []*reply.Failure
	minute, hour, second := retryAfter(time.Minute), retryAfter(time.Hour), retryAfter(time.Second)
	for outcomes, c := range map[string]struct {
		failures failures
		want     *reply.Failure
	}{
		"a failed, b failed":             {failures{unavailable, timeout}, timeout},
		"a limited, b limited":           {failures{minute, hour}, minute},
		"a limited, b limited, c failed": {failures{minute, second, unavailable}, unavailable},
		"a limited, b failed":            {failures{minute, misconfigured}, minute},
		"a declined, b limited":          {failures{rejected, minute}, minute},
		"a declined, b failed":           {failures{rejected, misconfigured}, misconfigured},
		"a failed, b declined":           {failures{misconfigured, rejected}, rejected},
	} {
		var models []model
		for _, f := range c.failures {
			models = append(models, fails(f))
		}
		before := *c.failures[0]
		newFixture(t, models...).expect(outcomes, "", c.want)
		if *c.failures[0] != before {
			t.Errorf("%s: Answer changed the provider's failure to %+v", outcomes, *c.failures[0])
		}
	}
}

func TestUsageIsSum(t *testing.T) {
	huge := func(err error) model {
		return func(context.Context, chat.Prompt, func(string) error) (chat.Usage, error) {
			return chat.Usage{In: math.MaxInt32, Out: 1}, err
		}
	}
	for name, c := range map[string]struct {
		models []model
		want   chat.Usage
	}{
		"one answers":  {[]model{fails(unavailable), answers("hi")}, chat.Usage{In: 2, Out: 1}},
		"all fail":     {[]model{fails(unavailable), fails(unavailable)}, chat.Usage{In: 2}},
		"huge numbers": {[]model{huge(unavailable), huge(nil)}, chat.Usage{In: math.MaxInt32, Out: 2}},
	} {
		if _, got, _ := newFixture(t, c.models...).ask(t.Context()); got != c.want {
			t.Errorf("%s: usage = %+v, want %+v", name, got, c.want)
		}
	}
}

func TestNewFails(t *testing.T) {
	for _, providers := range [][]failover.Provider{
		nil,
		{{Name: "", LLM: answers("hi")}},
		{{Name: "a", LLM: nil}},
		{{Name: "a", LLM: answers("hi")}, {Name: "a", LLM: answers("hi")}},
	} {
		if _, err := failover.New(providers, failover.Options{}); err == nil {
			t.Errorf("New(%v) succeeded, want an error", providers)
		}
	}
}
