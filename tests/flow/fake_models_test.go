package flow

import (
	"context"
	"sync"
	"testing"
	"time"

	"github.com/kuvaka-tech/parley/adapters/fake"
	"github.com/kuvaka-tech/parley/cmd/parley/boot"
	"github.com/kuvaka-tech/parley/core/chat"
	"github.com/kuvaka-tech/parley/core/reply"
	"github.com/kuvaka-tech/parley/ports"
)

// modelFunc is a ports.LLM that answers with a function and reports no token usage.
type modelFunc func(ctx context.Context, p chat.Prompt, emit func(string) error) error

// Answer implements ports.LLM.
func (m modelFunc) Answer(ctx context.Context, p chat.Prompt, emit func(string) error) (chat.Usage, error) {
	return chat.Usage{}, m(ctx, p, emit)
}

// withLLM makes the program use a model.
func withLLM(m ports.LLM) boot.Option { return boot.Wrap(func(ports.LLM) ports.LLM { return m }) }

// blockedModel is a modelFunc that answers nothing.
func blockedModel(context.Context, chat.Prompt, func(string) error) error {
	return &reply.Failure{Code: reply.CodeBlocked}
}

// lastMessage returns the message that a prompt asks the model to answer.
func lastMessage(p chat.Prompt) string { return p.Turns[len(p.Turns)-1].Text }

// sleep waits for d. It fails with the error of ctx if ctx ends first.
func sleep(ctx context.Context, d time.Duration) error {
	select {
	case <-time.After(d):
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// promptLog records the prompts that a model gets, and when it gets them.
type promptLog struct {
	mu      sync.Mutex
	prompts []chat.Prompt
	times   []time.Time
}

func (l *promptLog) record(p chat.Prompt) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.prompts, l.times = append(l.prompts, p), append(l.times, time.Now())
}

// timesOf returns when the model was called to answer a message.
func (l *promptLog) timesOf(message string) []time.Time {
	l.mu.Lock()
	defer l.mu.Unlock()
	var times []time.Time
	for i, p := range l.prompts {
		if lastMessage(p) == message {
			times = append(times, l.times[i])
		}
	}
	return times
}

// texts returns the messages that the model was called to answer, in order.
func (l *promptLog) texts() []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	var all []string
	for _, p := range l.prompts {
		all = append(all, lastMessage(p))
	}
	return all
}

// recordingEcho returns an echo that records its prompts. answer returns what the
// echo does with a prompt; if answer is nil, the echo repeats each message.
func recordingEcho(l *promptLog, latency time.Duration, answer func(p chat.Prompt) fake.EchoAnswer) *fake.Echo {
	return fake.NewEcho(fake.EchoOptions{Latency: latency, Script: func(p chat.Prompt, _ int) fake.EchoAnswer {
		l.record(p)
		if answer == nil {
			return fake.EchoAnswer{}
		}
		return answer(p)
	}})
}

// checkCalls checks how often an echo was called.
func checkCalls(t *testing.T, echo *fake.Echo, want int) {
	t.Helper()
	if got := echo.Calls(); got != want {
		t.Errorf("the model was called %d times, want %d", got, want)
	}
}
