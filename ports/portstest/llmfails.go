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
	half := []string{"half ", "of it " + canary}
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
		{"400", Act{Status: 400}, rejected},
		{"404, as of a misspelt model, the operator's to mend", Act{Status: 404}, broken},
		{"413", Act{Status: 413}, rejected},
		{"401, the operator's to mend", Act{Status: 401}, broken},
		{"403, the operator's to mend", Act{Status: 403}, broken},
		{"a blocked prompt", Act{End: Blocks}, blocked},
		{"a blocked answer", Act{Deltas: half, End: Blocks}, blocked},
		{"an empty answer", Act{}, unavailable},
		{"no answer", Act{End: Stops}, unavailable},
		{"an answer without an end", Act{Deltas: half, End: Stops}, unavailable},
		{"no connection", Act{End: Breaks}, unavailable},
		{"a connection lost in the middle", Act{Deltas: half, End: Breaks}, unavailable},
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
// one call of the company, and the adapter able to answer after it.
func (c *caller) expectFailure(act Act, want chat.Failure) {
	c.Helper()
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
	expectSilence(c.T, got.err)
	if c.calls() != 1 {
		c.Errorf("called the company %d times: it is not to retry", c.calls())
	}
	c.expect(c.ask(c.Context(), prompt(again), accept), "fine", whole(prompt(again), "fine").Usage)
}

// expectSilence looks for the conversation in an error and all that it wraps.
func expectSilence(t *testing.T, err error) {
	t.Helper()
	for ; err != nil; err = errors.Unwrap(err) {
		if strings.Contains(fmt.Sprintf("%v %+v", err, err), canary) {
			t.Errorf("a %T quotes the conversation", err)
		}
	}
}

// hanging says deltas and hangs; the channel tells when its caller has left.
func hanging(deltas ...string) (Script, <-chan struct{}) {
	left := make(chan struct{}, 1)
	return always(Act{Deltas: deltas, End: Hangs, Left: func() { left <- struct{}{} }}), left
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
		c.expectError(c.ask(ctx, secret, accept).err, context.DeadlineExceeded)
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
	expectSilence(c.T, err)
}
