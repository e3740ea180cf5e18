// Package fake stands in for outside companies, in one process: where none is
// configured, and in tests, where each can be told how to fail.
package fake

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"time"

	"github.com/kuvaka-tech/parley/core/chat"
)

// EchoOptions are how an Echo behaves.
type EchoOptions struct {
	// Latency is how long an answer takes, spread evenly over its words.
	Latency time.Duration
	// Script says what to do with each call, which are counted from 1; nil echoes
	// all. It is called from many goroutines.
	Script func(p chat.Prompt, call int) Act
}

// Act is what an Echo does with one call. The zero Act echoes.
type Act struct {
	Text string        // said in place of the echo
	Fail *chat.Failure // fails so once Text is said, at once without one
	Hang bool          // likewise, but says no more until ctx is over
}

// Cut is the failure of an answer that breaks off.
var Cut = &chat.Failure{Code: chat.CodeUnavailable, Retryable: true, Cause: errors.New("the answer has no end")}

// Echo is a model that says what it is told, word by word: the stand-in where no
// company is configured, and in tests one that fails as its script tells it to.
type Echo struct {
	options EchoOptions
	calls   atomic.Int64
}

// NewEcho makes an Echo.
func NewEcho(o EchoOptions) *Echo { return &Echo{options: o} }

// Calls is how often it was asked.
func (e *Echo) Calls() int { return int(e.calls.Load()) }

// Answer says the act's text, or the echo of the last user's turn. It counts as
// chat.Tokens does, what it has said also when it fails then.
func (e *Echo) Answer(ctx context.Context, p chat.Prompt, emit func(delta string) error) (chat.Usage, error) {
	if err := ctx.Err(); err != nil {
		return chat.Usage{}, fmt.Errorf("asking the echo: %w", err)
	}
	act := e.act(p)
	if act.Text == "" && act.Fail == nil && !act.Hang {
		act.Text = "You said: " + last(p)
	}
	said, err := e.say(ctx, act.Text, emit)
	switch {
	case err != nil:
	case act.Hang:
		<-ctx.Done()
		err = fmt.Errorf("listening to the echo: %w", ctx.Err())
	case act.Fail != nil:
		err = act.Fail
	}
	return usage(p, said), err
}

func (e *Echo) act(p chat.Prompt) Act {
	call := int(e.calls.Add(1))
	if e.options.Script == nil {
		return Act{}
	}
	return e.options.Script(p, call)
}

// say emits text by the word, each after its part of the latency, and returns as much of it as was said.
func (e *Echo) say(ctx context.Context, text string, emit func(string) error) (said string, err error) {
	words := strings.SplitAfter(text, " ")
	if end := len(words) - 1; words[end] == "" {
		words = words[:end]
	}
	for i, word := range words {
		if err := wait(ctx, share(e.options.Latency, i, len(words))); err != nil {
			return said, fmt.Errorf("listening to the echo: %w", err)
		}
		said = text[:len(said)+len(word)]
		if err := emit(word); err != nil {
			return said, err
		}
	}
	return said, nil
}

// share is part i of n of d; all parts together are d.
func share(d time.Duration, i, n int) time.Duration {
	return d*time.Duration(i+1)/time.Duration(n) - d*time.Duration(i)/time.Duration(n)
}

// wait fails with ctx's error when that is over first.
func wait(ctx context.Context, d time.Duration) error {
	if d <= 0 {
		return ctx.Err()
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return ctx.Err()
	case <-ctx.Done():
		return ctx.Err()
	}
}

// last is the text of the last user's turn, "" without one.
func last(p chat.Prompt) string {
	for i := len(p.Turns) - 1; i >= 0; i-- {
		if p.Turns[i].FromUser {
			return p.Turns[i].Text
		}
	}
	return ""
}

// usage is nothing where nothing was said.
func usage(p chat.Prompt, answer string) chat.Usage {
	if answer == "" {
		return chat.Usage{}
	}
	in := chat.Tokens(p.System)
	for _, t := range p.Turns {
		in += chat.Tokens(t.Text)
	}
	return chat.Usage{In: in, Out: chat.Tokens(answer)}
}
