package browser

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/kuvaka-tech/parley/cmd/parley/boot"
	"github.com/kuvaka-tech/parley/core/chat"
	"github.com/kuvaka-tech/parley/ports"
	"github.com/kuvaka-tech/parley/tests/harness"
)

// model is a ports.LLM with the answers to some messages. It echoes other messages.
type model struct {
	answers map[string]string
	pace    time.Duration // before each word of these answers
}

// Answer implements ports.LLM.
func (m model) Answer(ctx context.Context, p chat.Prompt, emit func(string) error) (chat.Usage, error) {
	message := p.Turns[len(p.Turns)-1].Text
	answer, ok := m.answers[message]
	if !ok {
		return chat.Usage{}, emit("You said: " + message)
	}
	for word := range strings.SplitAfterSeq(answer, " ") {
		select {
		case <-time.After(m.pace):
		case <-ctx.Done():
			return chat.Usage{}, ctx.Err()
		}
		if err := emit(word); err != nil {
			return chat.Usage{}, err
		}
	}
	return chat.Usage{}, nil
}

// start runs the program with a model.
func start(t *testing.T, m model) *harness.Program {
	t.Helper()
	useModel := boot.Wrap(func(ports.LLM) ports.LLM { return m })
	return harness.Start(t, harness.Config(t), useModel)
}

// words returns a number of words, of which each is different.
func words(n int) string {
	var b strings.Builder
	for i := range n {
		b.WriteString("word" + strings.Repeat("o", i%7) + string(rune('a'+i%26)) + " ")
	}
	return strings.TrimSpace(b.String())
}
