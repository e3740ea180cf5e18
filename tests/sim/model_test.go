package sim

import (
	"context"
	"strings"
	"time"

	"github.com/kuvaka-tech/parley/adapters/system"
	"github.com/kuvaka-tech/parley/core/chat"
	"github.com/kuvaka-tech/parley/core/reply"
)

// model is an LLM that is fast, slow, failing or hanging at random. It checks its prompts.
type model struct{ p *process }

// answerTo returns the only right answer to a text.
func answerTo(text string) string { return "re: " + text }

// Answer implements ports.LLM.
func (m model) Answer(ctx context.Context, prompt chat.Prompt, emit func(string) error) (chat.Usage, error) {
	w := m.p.w
	m.check(prompt)
	w.record(m.p, "llm.Answer", "")
	switch {
	case w.chance(80):
		sleep(ctx, m.p, w.upTo(10*time.Second))
		return chat.Usage{}, &reply.Failure{
			Code:       reply.CodeUnavailable,
			Retryable:  true,
			RetryAfter: w.upTo(90 * time.Second),
		}
	case w.chance(40):
		return chat.Usage{}, &reply.Failure{Code: reply.CodeBlocked}
	case w.chance(20):
		w.record(m.p, "llm.Answer", " hangs")
		sleep(ctx, m.p, time.Hour)
	case w.chance(150):
		sleep(ctx, m.p, w.upTo(50*time.Second)) // longer than a lease
	}
	return m.stream(ctx, answerTo(prompt.Turns[len(prompt.Turns)-1].Text), emit)
}

// stream sends an answer word by word, and sometimes stops in the middle.
func (m model) stream(ctx context.Context, answer string, emit func(string) error) (chat.Usage, error) {
	for _, word := range strings.SplitAfter(answer, " ") {
		sleep(ctx, m.p, m.p.w.upTo(time.Second))
		if err := ctx.Err(); err != nil {
			return chat.Usage{}, err
		}
		if m.p.hasCrashed() {
			return chat.Usage{}, errCrashed
		}
		if m.p.w.chance(10) {
			m.p.w.record(m.p, "llm.Answer", " is cut off")
			return chat.Usage{}, &reply.Failure{Code: reply.CodeUnavailable, Retryable: true}
		}
		if err := emit(word); err != nil {
			return chat.Usage{}, err
		}
	}
	return chat.Usage{In: 1, Out: 1}, nil
}

// check checks the prompt: every earlier reply of the room is final, and the prompt contains
// all earlier prompts and answers.
func (m model) check(prompt chat.Prompt) {
	w := m.p.w
	current := prompt.Turns[len(prompt.Turns)-1].Text
	w.truth.mu.Lock()
	a := w.truth.accepted[w.truth.texts[current]]
	w.truth.mu.Unlock()
	messages, err := w.messagesOf(a.user, a.room)
	if err != nil {
		return // the room was deleted
	}
	var want []string
	for i, msg := range messages {
		if msg.FromUser && msg.Content == current {
			break
		}
		if !msg.FromUser && !msg.Status.Final() {
			w.violate("%q is being answered while message %d of its room is %s", current, i, msg.Status)
		}
		if msg.FromUser || msg.Status == chat.Done {
			want = append(want, msg.Content)
		}
	}
	var got []string
	for _, turn := range prompt.Turns[:len(prompt.Turns)-1] {
		got = append(got, turn.Text)
	}
	if strings.Join(got, "|") != strings.Join(want, "|") {
		w.violate("the prompt has the turns %q, the room has %q", got, want)
	}
}

func (w *world) now() time.Time { return system.Clock{}.Now() }
