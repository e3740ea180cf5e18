package chat_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/kuvaka-tech/parley/core/chat"
)

func newMessage(fromUser bool, text string, status chat.Status) chat.Message {
	return chat.Message{FromUser: fromUser, Content: text, Status: status}
}

func TestWindowLeavesOutFallbackTexts(t *testing.T) {
	before := []chat.Message{
		newMessage(true, "one", chat.Done), newMessage(false, "1", chat.Done),
		newMessage(true, "two", chat.Done), newMessage(false, "sorry", chat.Failed),
		newMessage(true, "three", chat.Done), newMessage(false, "", chat.Queued),
		newMessage(true, "four", chat.Done), newMessage(false, "half", chat.Cancelled),
		newMessage(false, "", chat.Cancelled),
	}
	budget := chat.Budget{System: "be kind", Tokens: 1000}
	got := budget.Window(chat.History{Messages: before}, "now")
	want := chat.Prompt{System: "be kind", Turns: []chat.Turn{
		{FromUser: true, Text: "one"}, {Text: "1"}, {FromUser: true, Text: "two"}, {FromUser: true, Text: "three"},
		{FromUser: true, Text: "four"}, {Text: "half"}, {FromUser: true, Text: "now"},
	}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("the prompt differs (-want +got):\n%s", diff)
	}
}

func TestWindow(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		h := drawHistory(t)
		b := drawBudget(t)
		p := b.Window(h, "the current message")

		system, summary, hasSummary := strings.Cut(p.System, "\n\nSummary of the conversation so far:\n")
		if want := "the system text" + after("\n\n", h.SystemPrompt); system != want {
			t.Fatalf("the system text is %q, want %q", system, want)
		}
		if !strings.HasPrefix(h.Summary.Text, summary) || hasSummary != (summary != "") {
			t.Fatalf("the summary is %q, want the beginning of %q", summary, h.Summary.Text)
		}
		current := chat.Turn{FromUser: true, Text: "the current message"}
		last := len(p.Turns) - 1
		if p.Turns[last] != current || slices.Index(p.Turns, current) != last {
			t.Fatalf("the turns are %+v, want the current message once and at the end", p.Turns)
		}
		if !p.Turns[0].FromUser {
			t.Fatalf("the first turn is %+v, want one of the user", p.Turns[0])
		}
		if (len(p.Turns) > 1 || hasSummary) && p.Tokens() > b.Tokens {
			t.Fatalf("the prompt has %d tokens, want at most %d", p.Tokens(), b.Tokens)
		}
		wantNewest(t, h.Messages, p.Turns[:last])
	})
}

// after returns s after a separator, or "" if s is "".
func after(separator, s string) string {
	if s == "" {
		return ""
	}
	return separator + s
}

func drawBudget(t *rapid.T) chat.Budget {
	return chat.Budget{System: "the system text", Tokens: rapid.IntRange(0, 400).Draw(t, "max tokens")}
}

// drawHistory returns a history with up to 12 messages in any order and status.
func drawHistory(t *rapid.T) chat.History {
	h := chat.History{
		SystemPrompt: rapid.StringN(0, 30, -1).Draw(t, "system prompt"),
		Messages:     drawMessages(t),
	}
	if rapid.Bool().Draw(t, "has a summary") {
		h.Summary = chat.Summary{Text: rapid.StringN(1, 500, -1).Draw(t, "summary"), Through: 40}
	}
	return h
}

// drawMessages returns up to 12 messages in any order and status.
func drawMessages(t *rapid.T) (all []chat.Message) {
	statuses := []chat.Status{chat.Done, chat.Failed, chat.Queued, chat.Cancelled}
	for i := range rapid.IntRange(0, 12).Draw(t, "messages") {
		text := fmt.Sprintf("%d %s", i, rapid.StringN(0, 30, -1).Draw(t, "text"))
		status := chat.Done
		fromUser := rapid.Bool().Draw(t, "from user")
		if !fromUser {
			status = rapid.SampledFrom(statuses).Draw(t, "status")
		}
		all = append(all, newMessage(fromUser, text, status))
	}
	return all
}

// wantNewest checks that the history contains the newest messages without a gap.
func wantNewest(t *rapid.T, before []chat.Message, history []chat.Turn) {
	var all []chat.Turn
	for _, m := range before {
		if m.FromUser || m.Status == chat.Done || m.Status == chat.Cancelled {
			all = append(all, chat.Turn{FromUser: m.FromUser, Text: m.Content})
		}
	}
	if len(history) > len(all) || !slices.Equal(all[len(all)-len(history):], history) {
		t.Fatalf("the history is %v, want the last messages of %v", history, all)
	}
}

func TestFinal(t *testing.T) {
	for status, want := range map[chat.Status]bool{
		chat.Queued:    false,
		chat.Running:   false,
		chat.Done:      true,
		chat.Failed:    true,
		chat.Cancelled: true,
	} {
		if got := status.Final(); got != want {
			t.Errorf("Final of %s = %v, want %v", status, got, want)
		}
	}
}
