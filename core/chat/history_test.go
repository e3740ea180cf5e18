package chat_test

import (
	"fmt"
	"slices"
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
	got := chat.Window("be kind", before, "now", 1000)
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
		before := drawMessages(t)
		maxTokens := rapid.IntRange(0, 200).Draw(t, "max tokens")
		p := chat.Window("the system text", before, "the current message", maxTokens)

		if p.System != "the system text" {
			t.Fatalf("the system text is %q, want it complete", p.System)
		}
		current := chat.Turn{FromUser: true, Text: "the current message"}
		last := len(p.Turns) - 1
		if p.Turns[last] != current || slices.Index(p.Turns, current) != last {
			t.Fatalf("the turns are %+v, want the current message once and at the end", p.Turns)
		}
		if !p.Turns[0].FromUser {
			t.Fatalf("the first turn is %+v, want one of the user", p.Turns[0])
		}
		tokens := chat.Tokens(p.System)
		for _, turn := range p.Turns {
			tokens += chat.Tokens(turn.Text)
		}
		if len(p.Turns) > 1 && tokens > maxTokens {
			t.Fatalf("the prompt has %d tokens, want at most %d", tokens, maxTokens)
		}
		wantNewest(t, before, p.Turns[:last])
	})
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
