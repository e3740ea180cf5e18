package sim

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/kuvaka-tech/parley/adapters/system"
	"github.com/kuvaka-tech/parley/core/chat"
	"github.com/kuvaka-tech/parley/core/reply"
)

// model is an LLM that is fast, slow, failing or hanging at random. It checks its prompts.
type model struct{ p *process }

// newAnswer returns an answer to a text. No two answers are equal.
func (w *world) newAnswer(text string) string {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.answers++
	return fmt.Sprintf("#%d re: %s", w.answers, text)
}

// isAnswer reports whether newAnswer may have returned an answer to this text.
func isAnswer(answer, text string) bool {
	_, rest, _ := strings.Cut(answer, " ")
	return strings.HasPrefix(answer, "#") && rest == "re: "+text
}

// isPartOfAnswer reports whether s is the beginning of an answer to this text.
func isPartOfAnswer(s, text string) bool {
	number, rest, _ := strings.Cut(s, " ")
	return s == "" || strings.HasPrefix(number, "#") && strings.HasPrefix("re: "+text, rest)
}

// Answer implements ports.LLM.
func (m model) Answer(ctx context.Context, prompt chat.Prompt, emit func(string) error) (chat.Usage, error) {
	w := m.p.w
	text := m.textFor(prompt)
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
	return m.stream(ctx, text, emit)
}

// textFor checks a prompt and returns the text that the model writes.
func (m model) textFor(prompt chat.Prompt) string {
	switch prompt.Purpose {
	case chat.ForTitle:
		return m.p.w.writeTitle(prompt)
	case chat.ForSummary:
		return m.p.w.writeSummary(prompt)
	}
	m.check(prompt)
	return m.p.w.newAnswer(prompt.Turns[len(prompt.Turns)-1].Text)
}

// stream sends an answer word by word, and sometimes stops in the middle. Some words follow
// each other faster than deltas do.
func (m model) stream(ctx context.Context, answer string, emit func(string) error) (chat.Usage, error) {
	w := m.p.w
	for _, word := range strings.SplitAfter(answer, " ") {
		pause := 30 * time.Millisecond
		if w.upTo(2) == 0 {
			pause = 2 * time.Second
		}
		sleep(ctx, m.p, w.upTo(pause))
		m.p.waitWhileFrozen(ctx)
		if err := ctx.Err(); err != nil {
			return chat.Usage{}, err
		}
		if m.p.hasCrashed() {
			return chat.Usage{}, errCrashed
		}
		if w.chance(10) {
			w.record(m.p, "llm.Answer", " is cut off")
			return chat.Usage{}, &reply.Failure{Code: reply.CodeUnavailable, Retryable: true}
		}
		if err := emit(word); err != nil {
			return chat.Usage{}, err
		}
	}
	return chat.Usage{In: 1, Out: 1}, nil
}

// check checks the prompt: every earlier reply of the room is final, and the prompt contains
// all earlier prompts and answers, in its summary or as turns. It may leave out the oldest
// turns only if they do not fit into the budget.
func (m model) check(prompt chat.Prompt) {
	w := m.p.w
	current := prompt.Turns[len(prompt.Turns)-1].Text
	w.truth.mu.Lock()
	x := w.truth.texts[current]
	w.truth.mu.Unlock()
	messages, err := w.messagesOf(x.user, x.room)
	if err != nil {
		return // the room was deleted
	}
	before := messages[:slices.IndexFunc(messages, func(m chat.Message) bool { return m.ID == x.prompt })]
	for i, msg := range before {
		if !msg.FromUser && !msg.Status.Final() {
			w.violate("%q is being answered while message %d of its room is %s", current, i, msg.Status)
		}
	}
	want := turnsOf(before[w.summarized(summaryIn(prompt), before):])
	got := prompt.Turns[:len(prompt.Turns)-1]
	left := len(want) - len(got)
	if left < 0 || !slices.Equal(want[left:], got) || left > 0 && w.fits(prompt, want[:left]) {
		w.violate("the prompt has the turns %+v, the room has %+v", got, want)
	}
}

// turnsOf returns the messages as the model should get them.
func turnsOf(messages []chat.Message) (turns []chat.Turn) {
	for _, m := range messages {
		if m.FromUser || m.Status != chat.Failed && m.Content != "" {
			turns = append(turns, chat.Turn{FromUser: m.FromUser, Text: m.Content})
		}
	}
	return turns
}

// fits reports whether the budget had room for the last prompt that was left out, and what
// follows it.
func (w *world) fits(prompt chat.Prompt, leftOut []chat.Turn) bool {
	tokens := prompt.Tokens()
	for _, t := range slices.Backward(leftOut) {
		tokens += chat.Tokens(t.Text)
		if t.FromUser {
			break
		}
	}
	return tokens <= w.config.HistoryTokens
}

func (w *world) now() time.Time { return system.Clock{}.Now() }
