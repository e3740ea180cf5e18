package portstest

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/kuvaka-tech/parley/core/chat"
)

// canary marks every text of a conversation; again asks for an answer after a failure.
const canary, again = "xylophone-canary", "once more"

// secret is a conversation that no error may quote.
var secret = chat.Prompt{System: "system " + canary, Turns: []chat.Turn{
	{FromUser: true, Text: "first " + canary}, {Text: "answer " + canary}, {FromUser: true, Text: "last " + canary},
}}

func llmFails(c *caller) {
	unavailable := chat.Failure{Code: chat.CodeUnavailable, Retryable: true}
	waiting := func(d time.Duration) chat.Failure {
		return chat.Failure{Code: chat.CodeUnavailable, Retryable: true, RetryAfter: d}
	}
	rejected, blocked, broken := chat.Failure{Code: chat.CodeRejected}, chat.Failure{Code: chat.CodeBlocked}, chat.Failure{Code: chat.CodeUnavailable}
	half := func(e End) Act {
		act := whole(secret, "half ", "of it "+canary)
		act.End = e
		return act
	}
	failures := []struct {
		name string
		act  Act
		want chat.Failure
	}{
		{"429", Act{Status: 429}, unavailable},
		{"429 with a wait", Act{Status: 429, RetryAfter: 7 * time.Second}, waiting(7 * time.Second)},
		{"500", Act{Status: 500}, unavailable},
		{"502", Act{Status: 502}, unavailable},
		{"503", Act{Status: 503}, unavailable},
		{"503 with a wait", Act{Status: 503, RetryAfter: 2 * time.Minute}, waiting(2 * time.Minute)},
		{"504", Act{Status: 504}, unavailable},
		{"529, as of one that is overloaded", Act{Status: 529}, unavailable},
		{"408, as of one that waited too long", Act{Status: 408}, unavailable},
		{"400", Act{Status: 400}, rejected},
		{"404, as of a misspelt model, the operator's to mend", Act{Status: 404}, broken},
		{"413", Act{Status: 413}, rejected},
		{"401, the operator's to mend", Act{Status: 401}, broken},
		{"402, the operator's to mend", Act{Status: 402}, broken},
		{"403, the operator's to mend", Act{Status: 403}, broken},
		{"a redirect, which would hand on the key", Act{Status: 307}, broken},
		{"a blocked prompt", Act{End: Blocks}, blocked},
		{"a blocked answer", half(Blocks), blocked},
		{"an empty answer", Act{}, unavailable},
		{"a limit before the first word", Act{End: Fills}, unavailable},
		{"no answer", Act{End: Stops}, unavailable},
		{"an answer without an end", half(Stops), unavailable},
		{"an error in place of an answer", Act{End: Errs}, unavailable},
		{"an error in the middle", half(Errs), unavailable},
		{"no connection", Act{End: Breaks}, unavailable},
		{"a connection lost in the middle", half(Breaks), unavailable},
	}
	for _, f := range failures {
		c.run(f.name, onceMore(f.act), func(c *caller) { c.expectFailure(f.act, f.want) })
	}
}

// onceMore fails as act does, until it is asked once more.
func onceMore(act Act) Script {
	return func(p chat.Prompt) Act {
		if p.Turns[0].Text == again {
			return whole(p, "fine")
		}
		return act
	}
}

// expectFailure finds the failure in the error and nothing of the conversation,
// beside it the usage, one call of the company, and the adapter able to answer
// after it. The answer before it leaves a connection, on which a transport could
// try again by itself.
func (c *caller) expectFailure(act Act, want chat.Failure) {
	c.Helper()
	c.expectAnother()
	got := c.ask(c.Context(), secret, accept)
	var f *chat.Failure
	if !errors.As(got.err, &f) {
		c.Fatalf("want a *chat.Failure, not %T", got.err)
	}
	if diff := cmp.Diff(want, *f, cmpopts.IgnoreFields(chat.Failure{}, "Cause")); diff != "" {
		c.Errorf("failure (-want +got):\n%s", diff)
	}
	if all := strings.Join(act.Deltas, ""); !strings.HasPrefix(all, got.text) {
		c.Errorf("emitted %q of %q", got.text, all)
	}
	if got.usage != act.Usage {
		c.Errorf("used %+v, want %+v", got.usage, act.Usage)
	}
	expectSilence(c.T, got.err, canary)
	if n := c.calls() - 1; n != 1 {
		c.Errorf("called the company %d times: it is not to retry", n)
	}
	c.expectAnother()
}

// expectAnother asks once more.
func (c *caller) expectAnother() {
	c.Helper()
	c.expect(c.ask(c.Context(), prompt(again), accept), "fine", whole(prompt(again), "fine").Usage)
}

// expectSilence looks for secrets in an error and all that it wraps.
func expectSilence(t *testing.T, err error, secrets ...string) {
	t.Helper()
	for _, e := range chain(err) {
		said := fmt.Sprintf("%v %+v", e, e)
		for _, secret := range secrets {
			if strings.Contains(said, secret) || strings.Contains(unspaced.Replace(said), secret) {
				t.Errorf("a %T quotes %s", e, secret)
			}
		}
	}
}

// unspaced takes out what numbers are grouped by.
var unspaced = strings.NewReplacer(" ", "", "-", "", ".", "", "(", "", ")", "")

// chain is an error and all that it wraps.
func chain(err error) (all []error) {
	switch e := err.(type) {
	case nil:
		return nil
	case interface{ Unwrap() error }:
		all = chain(e.Unwrap())
	case interface{ Unwrap() []error }:
		for _, inner := range e.Unwrap() {
			all = append(all, chain(inner)...)
		}
	}
	return append(all, err)
}

// hanging says deltas and hangs; the channel tells when its caller has left.
func hanging(deltas ...string) (Script, <-chan struct{}) {
	left := make(chan struct{}, 1)
	act := whole(secret, deltas...)
	act.End, act.Left = Hangs, func() { left <- struct{}{} }
	return always(act), left
}

func llmEmitFails(c *caller) {
	full := errors.New("the reader is gone")
	script, left := hanging("one ", "two ", "three ")
	c.run("while the company hangs", script, func(c *caller) {
		emits := 0
		got := c.ask(c.Context(), secret, func(string) error {
			if emits++; emits == 2 {
				return full
			}
			return nil
		})
		c.expectError(got.err, full)
		c.expectPart(got, "one ", "two ", "three ")
		if emits != 2 {
			c.Errorf("emitted %d times, the 2nd failed", emits)
		}
		await(c.T, left, "the connection to be let go")
	})
	c.run("at the only delta", always(whole(secret, "word")), func(c *caller) {
		c.expectError(c.ask(c.Context(), secret, func(string) error { return full }).err, full)
	})
}

func llmCancelled(c *caller) {
	c.cancels("before the first delta")
	c.cancels("in the middle", "first ", "second ")
	script, left := hanging("first ")
	c.run("when its time is over", script, func(c *caller) {
		ctx, cancel := context.WithTimeout(c.Context(), 100*time.Millisecond)
		defer cancel()
		got := c.ask(ctx, secret, accept)
		c.expectError(got.err, context.DeadlineExceeded)
		c.expectPart(got, "first ")
		await(c.T, left, "the connection to be let go")
	})
}

// cancels cancels a call that hangs after deltas: at the first of them, or once the company knows of the call.
func (c *caller) cancels(name string, deltas ...string) {
	script, left := hanging(deltas...)
	reached := make(chan struct{}, 1+len(deltas))
	told := func(p chat.Prompt) Act {
		if len(deltas) == 0 {
			reached <- struct{}{}
		}
		return script(p)
	}
	c.run(name, told, func(c *caller) {
		ctx, cancel := context.WithCancel(c.Context())
		defer cancel()
		go func() { <-reached; cancel() }()
		got := c.ask(ctx, secret, func(string) error { reached <- struct{}{}; return nil })
		c.expectError(got.err, context.Canceled)
		c.expectPart(got, deltas...)
		await(c.T, left, "the connection to be let go")
	})
}

func llmOver(c *caller) {
	c.run("cancelled", always(whole(secret, "word")), func(c *caller) {
		ctx, cancel := context.WithCancel(c.Context())
		cancel()
		got := c.ask(ctx, secret, accept)
		c.expectError(got.err, context.Canceled)
		if got.text != "" || c.calls() != 0 {
			c.Errorf("emitted %q after %d calls", got.text, c.calls())
		}
	})
}

// expectError wants an error that is the caller's own, which is no failure of the model.
func (c *caller) expectError(err, want error) {
	c.Helper()
	if !errors.Is(err, want) {
		c.Errorf("failed with %v, want %v", err, want)
	}
	if f := new(chat.Failure); errors.As(err, &f) {
		c.Errorf("%v is not the model's failure", want)
	}
	expectSilence(c.T, err, canary)
}

// expectPart wants of the usage of deltas as much as came in time.
func (c *caller) expectPart(got said, deltas ...string) {
	c.Helper()
	all := whole(secret, deltas...).Usage
	if u := got.usage; got.text != "" && u.In != all.In || u.Out < 0 || u.Out > all.Out {
		c.Errorf("used %+v of %+v", u, all)
	}
}
