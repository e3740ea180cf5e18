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
)

// desk is an LLM over the providers a, b and so on, and what was observed of it.
type desk struct {
	*testing.T
	llm  *failover.LLM
	mu   sync.Mutex
	seen []string
	log  strings.Builder
}

func newDesk(t *testing.T, models ...model) *desk {
	t.Helper()
	d := &desk{T: t}
	var all []failover.Provider
	for i, m := range models {
		all = append(all, failover.Provider{Name: string(rune('a' + i)), LLM: m})
	}
	llm, err := failover.New(all, failover.Options{Log: slog.New(slog.NewTextHandler(&d.log, nil)), Observe: func(provider, outcome string) {
		d.mu.Lock()
		defer d.mu.Unlock()
		d.seen = append(d.seen, provider+" "+outcome)
	}})
	if err != nil {
		t.Fatal(err)
	}
	d.llm = llm
	return d
}

func (d *desk) ask() (string, chat.Usage, error) { return d.askUnder(d.Context()) }

func (d *desk) askUnder(ctx context.Context) (text string, u chat.Usage, err error) {
	u, err = d.llm.Answer(ctx, chat.Prompt{}, func(delta string) error { text += delta; return nil })
	return text, u, err
}

// expect asks, and compares what was observed meanwhile, such as "a failed, b answered", and what came out.
func (d *desk) expect(seen, text string, want *chat.Failure) {
	d.Helper()
	d.seen = nil
	got, _, err := d.ask()
	d.sees(seen)
	var f *chat.Failure
	if errors.As(err, &f) != (want != nil) || err != nil && want == nil || got != text {
		d.Fatalf("said %q, failed with %v", got, err)
	}
	if diff := cmp.Diff(want, f, cmpopts.IgnoreFields(chat.Failure{}, "Cause")); diff != "" {
		d.Errorf("failure (-want +got):\n%s", diff)
	}
}

func (d *desk) sees(want string) {
	d.Helper()
	if got := strings.Join(d.seen, ", "); got != want {
		d.Errorf("observed %q, want %q", got, want)
	}
}

// says answers with text, fails with f once it has said text.
func says(text string) model { return fails(nil, text) }

func fails(f error, text ...string) model {
	return func(_ context.Context, _ chat.Prompt, emit func(string) error) (chat.Usage, error) {
		for _, delta := range text {
			if err := emit(delta); err != nil {
				return chat.Usage{In: 1}, err
			}
		}
		return chat.Usage{In: 1, Out: len(text)}, f
	}
}

// turns is a model that changes with every call, and stays as the last of these.
func turns(models ...model) model {
	return func(ctx context.Context, p chat.Prompt, emit func(string) error) (chat.Usage, error) {
		now := models[0]
		if len(models) > 1 {
			models = models[1:]
		}
		return now(ctx, p, emit)
	}
}

var (
	down     = &chat.Failure{Code: chat.CodeUnavailable, Retryable: true, Cause: errors.New("cause-canary")}
	broken   = &chat.Failure{Code: chat.CodeUnavailable}
	late     = &chat.Failure{Code: chat.CodeTimeout, Retryable: true}
	rejected = &chat.Failure{Code: chat.CodeRejected}
	blocked  = &chat.Failure{Code: chat.CodeBlocked}
)

func waiting(d time.Duration) *chat.Failure {
	return &chat.Failure{Code: chat.CodeUnavailable, Retryable: true, RetryAfter: d}
}

// leftAlone is the failure of providers of which none was asked.
func leftAlone(d time.Duration) *chat.Failure {
	f := waiting(d)
	f.Unasked = true
	return f
}

func TestTheFirstAnswers(t *testing.T) {
	newDesk(t, says("hi"), fails(down)).expect("a answered", "hi", nil)
}

func TestFallsOver(t *testing.T) {
	for seen, f := range map[string]error{
		"a failed, b answered": down, "a failed, b answered ": broken, "a failed, b answered  ": late,
		"a limited, b answered": waiting(time.Minute), "a declined, b answered": rejected,
		"a failed, b answered   ": context.DeadlineExceeded, // by a clock of its own
	} {
		newDesk(t, fails(f), says("hi")).expect(strings.TrimSpace(seen), "hi", nil)
	}
	newDesk(t, fails(down), fails(rejected), says("hi"), says("never")).expect("a failed, b declined, c answered", "hi", nil)
}

// Nobody is asked around for laxer rules.
func TestABlockIsFinal(t *testing.T) {
	newDesk(t, fails(blocked), says("hi")).expect("a declined", "", blocked)
	newDesk(t, fails(blocked, "half"), says("hi")).expect("a declined", "half", blocked)
	newDesk(t, fails(down), fails(blocked), says("hi")).expect("a failed, b declined", "", blocked)
}

// What was said is not said again by another; the next attempt starts anew, with whoever is ready then, and so at once.
func TestNobodyGoesOnForAnother(t *testing.T) {
	d := newDesk(t, fails(waiting(time.Minute), "half"), says("whole"))
	d.expect("a limited", "half", down)
	d.expect("a skipped, b answered", "whole", nil)
	newDesk(t, fails(waiting(time.Minute), "half")).expect("a limited", "half", waiting(time.Minute))
	newDesk(t, fails(rejected, "half"), says("whole")).expect("a declined", "half", rejected)
}

// A provider that is known to be broken makes no attempt worth while, until it has answered.
func TestTheWaitIsForWhoCouldAnswer(t *testing.T) {
	half := fails(waiting(time.Minute), "half")
	d := newDesk(t, turns(fails(down), half), fails(broken))
	d.expect("a failed, b failed", "", down)
	d.expect("a limited", "half", waiting(time.Minute))
	d = newDesk(t, turns(fails(down), fails(down), half), turns(fails(broken), says("hi")))
	d.expect("a failed, b failed", "", down)
	d.expect("a failed, b answered", "hi", nil)
	d.expect("a limited", "half", down)
}

func TestNobodyAnswers(t *testing.T) {
	for seen, test := range map[string]struct {
		failures []*chat.Failure
		want     *chat.Failure
	}{
		"a failed, b failed":             {[]*chat.Failure{down, late}, late},
		"a limited, b limited":           {[]*chat.Failure{waiting(time.Minute), waiting(time.Hour)}, waiting(time.Minute)},
		"a limited, b limited, c failed": {[]*chat.Failure{waiting(time.Minute), waiting(time.Second), down}, down},
		"a limited, b failed":            {[]*chat.Failure{waiting(time.Minute), broken}, waiting(time.Minute)},
		"a declined, b limited":          {[]*chat.Failure{rejected, waiting(time.Minute)}, waiting(time.Minute)},
		"a declined, b failed":           {[]*chat.Failure{rejected, broken}, broken},
		"a failed, b declined":           {[]*chat.Failure{broken, rejected}, rejected},
	} {
		var models []model
		for _, f := range test.failures {
			models = append(models, fails(f))
		}
		before := *test.failures[0]
		newDesk(t, models...).expect(seen, "", test.want)
		if *test.failures[0] != before {
			t.Error("a provider's own failure was changed")
		}
	}
}

func TestTheUsageIsOfAll(t *testing.T) {
	if _, u, err := newDesk(t, fails(down), says("hi")).ask(); err != nil || u != (chat.Usage{In: 2, Out: 1}) {
		t.Errorf("%+v, %v", u, err)
	}
	if _, u, err := newDesk(t, fails(down), fails(down)).ask(); err == nil || u != (chat.Usage{In: 2}) {
		t.Errorf("%+v, %v", u, err)
	}
}

func TestTheUsageCanBeKept(t *testing.T) {
	much := func(f error) model {
		return func(context.Context, chat.Prompt, func(string) error) (chat.Usage, error) {
			return chat.Usage{In: math.MaxInt32, Out: 1}, f
		}
	}
	if _, u, _ := newDesk(t, much(down), much(nil)).ask(); u != (chat.Usage{In: math.MaxInt32, Out: 2}) {
		t.Errorf("%+v", u)
	}
}

func TestNew(t *testing.T) {
	for _, list := range [][]failover.Provider{
		nil, {{"", says("hi")}}, {{"a", nil}}, {{"a", says("hi")}, {"a", says("hi")}},
	} {
		if _, err := failover.New(list, failover.Options{}); err == nil {
			t.Errorf("%v was taken", list)
		}
	}
}
