// Package fake implements ports without external services. The program uses Echo, Outbox
// and NoPayments where no service is configured. Tests use the fakes too, and can make
// them fail.
package fake

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"time"

	"github.com/kuvaka-tech/parley/core/chat"
	"github.com/kuvaka-tech/parley/core/reply"
)

// EchoOptions configures an Echo.
type EchoOptions struct {
	// Latency is the duration of an answer, divided equally among its words.
	Latency time.Duration
	// Pace is added for each word, up to maxPaced for an answer. Titles and summaries have none.
	Pace time.Duration
	// Notice is the first paragraph of each answer, "" for none. Titles and summaries have none.
	Notice string
	// Script returns the answer of each call; calls are counted from 1. If Script is
	// nil, each call echoes. It must be safe for concurrent use.
	Script func(p chat.Prompt, call int) EchoAnswer
}

// maxPaced is the longest time that EchoOptions.Pace adds to an answer. It is much shorter
// than the time that a model may take.
const maxPaced = 20 * time.Second

// noticeFor returns the paragraph with the notice for an answer.
func (o EchoOptions) noticeFor(p chat.Prompt) string {
	if o.Notice == "" || p.Purpose != chat.ForAnswer {
		return ""
	}
	return o.Notice + "\n\n"
}

// EchoAnswer is what an Echo does in one call. The zero EchoAnswer echoes.
type EchoAnswer struct {
	Text    string         // emitted instead of the echo
	Failure *reply.Failure // returned after Text; nil for a complete answer
	Hang    bool           // after Text, wait until the context ends
}

// IncompleteAnswer is the failure of an answer that was cut off.
var IncompleteAnswer = &reply.Failure{
	Code:      reply.CodeUnavailable,
	Retryable: true,
	Cause:     errors.New("the answer has no end"),
}

// Echo implements ports.LLM without a model. It repeats the user's message word by word,
// or follows its script. As a title it returns the first words of the conversation, and as
// a summary its first lines.
type Echo struct {
	options EchoOptions
	calls   atomic.Int64
}

// NewEcho returns an Echo.
func NewEcho(o EchoOptions) *Echo { return &Echo{options: o} }

// Calls returns how many times Answer was called.
func (e *Echo) Calls() int { return int(e.calls.Load()) }

// Answer implements ports.LLM. It counts tokens as chat.Tokens does. The usage of
// a failed answer covers the text before the failure, and is zero without text.
func (e *Echo) Answer(ctx context.Context, p chat.Prompt, emit func(delta string) error) (chat.Usage, error) {
	if err := ctx.Err(); err != nil {
		return chat.Usage{}, fmt.Errorf("calling the echo: %w", err)
	}
	answer := e.nextAnswer(p)
	if answer == (EchoAnswer{}) {
		answer.Text = e.options.noticeFor(p) + echoOf(p)
	}
	emitted, err := e.emitWords(ctx, answer.Text, e.duration(p, answer.Text), emit)
	switch {
	case err != nil:
	case answer.Hang:
		<-ctx.Done()
		err = fmt.Errorf("waiting for the echo: %w", ctx.Err())
	case answer.Failure != nil:
		err = answer.Failure
	}
	if emitted == "" {
		return chat.Usage{}, err
	}
	return p.Estimate(emitted), err
}

// nextAnswer counts the call and returns what the script says.
func (e *Echo) nextAnswer(p chat.Prompt) EchoAnswer {
	call := int(e.calls.Add(1))
	if e.options.Script == nil {
		return EchoAnswer{}
	}
	return e.options.Script(p, call)
}

// duration returns how long the answer takes.
func (e *Echo) duration(p chat.Prompt, text string) time.Duration {
	if p.Purpose != chat.ForAnswer {
		return e.options.Latency
	}
	return e.options.Latency + min(e.options.Pace*time.Duration(len(wordsOf(text))), maxPaced)
}

// wordsOf splits a text after each space.
func wordsOf(text string) []string {
	words := strings.SplitAfter(text, " ")
	if last := len(words) - 1; words[last] == "" {
		words = words[:last]
	}
	return words
}

// emitWords emits the words of text. Before each word it waits for an equal part of the
// duration. It returns the text that was emitted, also when it fails.
func (e *Echo) emitWords(
	ctx context.Context, text string, duration time.Duration, emit func(string) error,
) (emitted string, err error) {
	words := wordsOf(text)
	for i, word := range words {
		if err := sleep(ctx, share(duration, i, len(words))); err != nil {
			return emitted, fmt.Errorf("waiting for the echo: %w", err)
		}
		emitted = text[:len(emitted)+len(word)]
		if err := emit(word); err != nil {
			return emitted, err
		}
	}
	return emitted, nil
}

// share returns part i of n equal parts of d. The sum of all parts is exactly d.
func share(d time.Duration, i, n int) time.Duration {
	return d*time.Duration(i+1)/time.Duration(n) - d*time.Duration(i)/time.Duration(n)
}

// sleep waits for d. It fails with the error of ctx if ctx ends first.
func sleep(ctx context.Context, d time.Duration) error {
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
