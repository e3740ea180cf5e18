package chat_test

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/kuvaka-tech/parley/core/chat"
)

// conversation returns n finished exchanges after a revision. Each of their messages has a
// different number and the given number of tokens.
func conversation(n int, after int64, tokens int) (all []chat.Message) {
	for i := range int64(2 * n) {
		born := after + i + 1
		text := fmt.Sprintf("message %d ", born)
		all = append(all, chat.Message{
			FromUser: i%2 == 0,
			Content:  text + strings.Repeat("x", 3*tokens-len(text)),
			Status:   chat.Done,
			Born:     born,
		})
	}
	return all
}

// A history that takes at most three quarters of the budget needs no summary.
func TestUntilSummary(t *testing.T) {
	b := chat.Budget{System: strings.Repeat("s", 300), Tokens: 1100} // 1000 tokens are left
	long := chat.History{SystemPrompt: strings.Repeat("s", 3000)}
	few, failed := conversation(10, 40, 20), withStatus(conversation(10, 0, 20), chat.Failed)
	for name, c := range map[string]struct {
		history chat.History
		want    int
	}{
		"an empty room":               {chat.History{}, 750 - 2},
		"a few messages":              {chat.History{Messages: few}, 350 - 2},
		"a summary and messages":      {chat.History{Summary: summary(50), Messages: few}, 300 - 2},
		"too many messages":           {chat.History{Messages: conversation(75, 0, 5)}, -1},
		"no place for a summary":      {long, math.MaxInt},
		"failed replies do not count": {chat.History{Messages: failed}, 550 - 2},
	} {
		if got := b.UntilSummary(c.history, "hello"); got != c.want {
			t.Errorf("%s: the answer may have %d tokens, want %d", name, got, c.want)
		}
	}
}

// summary returns a summary that covers the first 20 exchanges.
func summary(tokens int) chat.Summary {
	return chat.Summary{Text: strings.Repeat("o", 3*tokens), Through: 40}
}

// withStatus sets the status of the replies.
func withStatus(messages []chat.Message, status chat.Status) []chat.Message {
	for i := range messages {
		if !messages[i].FromUser {
			messages[i].Status = status
		}
	}
	return messages
}

// A quarter of the budget stays uncovered.
func TestSummaryCoversTheOldestExchanges(t *testing.T) {
	b := chat.Budget{System: "s", Tokens: 2001}
	h := chat.History{Summary: summary(50), Messages: conversation(20, 40, 50)}
	p, through, ok := b.SummaryPrompt(h)
	if !ok || through != 40+30 {
		t.Fatalf("the new summary covers the messages up to %d, %t, want the first 15 of 20 exchanges", through, ok)
	}
	if p.Purpose != chat.ForSummary || len(p.Turns) != 1 || !strings.Contains(p.System, "at most 250 words") {
		t.Errorf("the prompt is %+v, want one turn and the limit of 250 words", p)
	}
	text := p.Turns[0].Text
	want := "Earlier summary:\n" + h.Summary.Text + "\n\nNew messages:\nUser: message 41 x"
	if !strings.HasPrefix(text, want) {
		t.Errorf("the prompt starts with %.300q, want %.300q", text, want)
	}
	if !strings.Contains(text, "\nAssistant: message 70 x") || strings.Contains(text, "message 71 ") {
		t.Errorf("the prompt is %q, want the messages up to 70", text)
	}
}

func TestNothingToSummarize(t *testing.T) {
	b := chat.Budget{System: "s", Tokens: 1001}
	for name, messages := range map[string][]chat.Message{
		"an empty room":               nil,
		"one exchange":                conversation(1, 0, 700),
		"a short history":             conversation(5, 0, 25),
		"an unfinished reply":         withStatus(conversation(20, 0, 50), chat.Queued),
		"a history that is not whole": conversation(20, 0, 50)[:1],
	} {
		if _, through, ok := b.SummaryPrompt(chat.History{Messages: messages}); ok {
			t.Errorf("%s: a summary would cover the messages up to %d, want none", name, through)
		}
	}
}

// The fallback text of a failed reply is no part of the conversation.
func TestSummaryLeavesOutFallbackTexts(t *testing.T) {
	h := chat.History{Messages: withStatus(conversation(20, 0, 50), chat.Failed)}
	p, through, ok := chat.Budget{Tokens: 1000}.SummaryPrompt(h)
	text := p.Turns[0].Text
	if !ok || through%2 != 0 || !strings.Contains(text, "message 1 ") || strings.Contains(text, "message 2 ") {
		t.Errorf("the prompt covers the messages up to %d, %t with %q, want only those of the user", through, ok, text)
	}
}

func TestSummaryPrompt(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		b := chat.Budget{System: "the system text", Tokens: rapid.IntRange(0, 3000).Draw(t, "max tokens")}
		h := drawExchanges(t)
		p, through, ok := b.SummaryPrompt(h)
		if !ok {
			return
		}
		if p.Tokens() > b.Tokens {
			t.Fatalf("the prompt has %d tokens, want at most %d", p.Tokens(), b.Tokens)
		}
		last := len(h.Messages) - 2
		if through <= h.Summary.Through || through >= h.Messages[last].Born {
			t.Fatalf("the summary covers up to %d, want a revision from %d to %d",
				through, h.Summary.Through+1, h.Messages[last].Born-1)
		}
		for _, m := range h.Messages {
			covered := m.Born <= through
			if covered && !m.Status.Final() {
				t.Fatalf("the summary covers message %d, which is %s", m.Born, m.Status)
			}
			if m.FromUser && covered != strings.Contains(p.Turns[0].Text, fmt.Sprintf("User: message %d ", m.Born)) {
				t.Fatalf("the summary covers up to %d, but its prompt is %q", through, p.Turns[0].Text)
			}
		}
		if n := b.SummaryBytes(); n > 3*b.Tokens/4 || b.Tokens >= 1000 && n < 700 {
			t.Fatalf("a summary has %d bytes, want at most a quarter of %d tokens", n, b.Tokens)
		}
	})
}

// drawExchanges returns a history with whole exchanges after a summary.
func drawExchanges(t *rapid.T) (h chat.History) {
	if rapid.Bool().Draw(t, "has a summary") {
		h.Summary = chat.Summary{Text: rapid.StringN(1, 500, -1).Draw(t, "summary"), Through: 40}
	}
	statuses := []chat.Status{chat.Done, chat.Done, chat.Done, chat.Failed, chat.Cancelled, chat.Queued, chat.Running}
	for i := range rapid.IntRange(1, 12).Draw(t, "exchanges") {
		tokens := rapid.IntRange(10, 500).Draw(t, "tokens")
		x := conversation(1, h.Summary.Through+int64(2*i), tokens)
		h.Messages = append(h.Messages, withStatus(x, rapid.SampledFrom(statuses).Draw(t, "status"))...)
	}
	return h
}

// However the messages are, a summary is made before the window leaves out a message, unless
// one exchange is large: then the summary follows the next answer.
func TestWindowWithSummariesIsComplete(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		b := chat.Budget{System: "the system text", Tokens: rapid.IntRange(1000, 20_000).Draw(t, "max tokens")}
		var h chat.History
		for i := range int64(rapid.IntRange(1, 120).Draw(t, "exchanges")) {
			x := conversation(1, 2*i, rapid.IntRange(10, b.Tokens/20).Draw(t, "tokens"))
			p := b.Window(h, x[0].Content)
			if p.Tokens() > b.Tokens || len(p.Turns) != len(h.Messages)+1 {
				t.Fatalf("the prompt has %d tokens and %d turns, want at most %d, and all %d messages",
					p.Tokens(), len(p.Turns), b.Tokens, len(h.Messages)+1)
			}
			needed := chat.Tokens(x[1].Content) > b.UntilSummary(h, x[0].Content)
			h.Messages = append(h.Messages, x...)
			if !needed {
				continue
			}
			_, through, ok := b.SummaryPrompt(h)
			if !ok {
				t.Fatalf("a summary is needed with %d messages, but there is nothing to cover", len(h.Messages))
			}
			h.Messages = h.Messages[through-h.Summary.Through:]
			h.Summary = chat.Summary{Text: strings.Repeat("s", b.SummaryBytes()), Through: through}
		}
	})
}
