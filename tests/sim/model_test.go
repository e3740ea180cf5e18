package sim

import (
	"context"
	"strings"
	"time"

	"github.com/kuvaka-tech/parley/adapters/system"
	"github.com/kuvaka-tech/parley/core/chat"
)

// model is an LLM that is fast, slow, failing or hanging, and that looks at what it is asked.
type model struct{ p *process }

// answerTo is the one right answer to a text.
func answerTo(text string) string { return "re: " + text }

func (m model) Answer(ctx context.Context, prompt chat.Prompt, emit func(string) error) (chat.Usage, error) {
	w := m.p.w
	m.look(prompt)
	w.note(m.p, "llm.Answer", "")
	switch {
	case w.chance(80):
		sleep(ctx, m.p, w.upTo(10*time.Second))
		return chat.Usage{}, &chat.Failure{Code: chat.CodeUnavailable, Retryable: true, RetryAfter: w.upTo(90 * time.Second)}
	case w.chance(40):
		return chat.Usage{}, &chat.Failure{Code: chat.CodeBlocked}
	case w.chance(20):
		w.note(m.p, "llm.Answer", " hangs")
		sleep(ctx, m.p, time.Hour)
	case w.chance(150):
		sleep(ctx, m.p, w.upTo(50*time.Second)) // longer than a lease
	}
	return m.say(ctx, answerTo(prompt.Turns[len(prompt.Turns)-1].Text), emit)
}

// say streams an answer word by word, and now and then stops in the middle.
func (m model) say(ctx context.Context, answer string, emit func(string) error) (chat.Usage, error) {
	for _, word := range strings.SplitAfter(answer, " ") {
		sleep(ctx, m.p, m.p.w.upTo(time.Second))
		if err := ctx.Err(); err != nil {
			return chat.Usage{}, err
		}
		if m.p.isDead() {
			return chat.Usage{}, errDead
		}
		if m.p.w.chance(10) {
			m.p.w.note(m.p, "llm.Answer", " is cut short")
			return chat.Usage{}, &chat.Failure{Code: chat.CodeUnavailable, Retryable: true}
		}
		if err := emit(word); err != nil {
			return chat.Usage{}, err
		}
	}
	return chat.Usage{In: 1, Out: 1}, nil
}

// look checks what the model gets to see: every earlier prompt of the room has
// its final answer, which is there if it is one.
func (m model) look(prompt chat.Prompt) {
	w := m.p.w
	current := prompt.Turns[len(prompt.Turns)-1].Text
	w.truth.mu.Lock()
	a := w.truth.accepted[w.truth.texts[current]]
	w.truth.mu.Unlock()
	messages, err := w.messagesOf(a.user, a.room)
	if err != nil {
		return // deleted meanwhile
	}
	var want []string
	for i, msg := range messages {
		if msg.FromUser && msg.Content == current {
			break
		}
		if !msg.FromUser && !msg.Status.Final() {
			w.violate("%q is answered before message %d of its room, which is %s", current, i, msg.Status)
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
		w.violate("the model sees %q of a room that holds %q", got, want)
	}
}

func (w *world) now() time.Time { return system.Clock{}.Now() }
