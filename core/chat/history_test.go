package chat_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/kuvaka-tech/parley/core/chat"
)

func said(user bool, text string, status chat.Status) chat.Message {
	return chat.Message{FromUser: user, Content: text, Status: status}
}

func TestWindowLeavesFallbacksOut(t *testing.T) {
	before := []chat.Message{
		said(true, "one", chat.Done), said(false, "1", chat.Done),
		said(true, "two", chat.Done), said(false, "sorry", chat.Failed),
		said(true, "three", chat.Done), said(false, "", chat.Queued),
		said(true, "four", chat.Done), said(false, "half", chat.Cancelled), said(false, "", chat.Cancelled),
	}
	got := chat.Window("be kind", before, "now", 1000)
	want := chat.Prompt{System: "be kind", Turns: []chat.Turn{
		{FromUser: true, Text: "one"}, {Text: "1"}, {FromUser: true, Text: "two"}, {FromUser: true, Text: "three"},
		{FromUser: true, Text: "four"}, {Text: "half"}, {FromUser: true, Text: "now"},
	}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestWindow(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var before []chat.Message
		for i := range rapid.IntRange(0, 12).Draw(t, "messages") {
			text := fmt.Sprintf("%d %s", i, rapid.StringN(0, 30, -1).Draw(t, "text"))
			status := chat.Done
			user := rapid.Bool().Draw(t, "user")
			if !user {
				status = rapid.SampledFrom([]chat.Status{chat.Done, chat.Failed, chat.Queued, chat.Cancelled}).Draw(t, "status")
			}
			before = append(before, said(user, text, status))
		}
		budget := rapid.IntRange(0, 200).Draw(t, "budget")
		p := chat.Window("the system text", before, "the current message", budget)

		if p.System != "the system text" {
			t.Fatal("the system text was dropped")
		}
		current := chat.Turn{FromUser: true, Text: "the current message"}
		if p.Turns[len(p.Turns)-1] != current || slices.Index(p.Turns, current) != len(p.Turns)-1 {
			t.Fatal("the current message must be there once, at the end")
		}
		if !p.Turns[0].FromUser {
			t.Fatal("the window must be cut on a user's turn")
		}
		tokens := chat.Tokens(p.System)
		for _, turn := range p.Turns {
			tokens += chat.Tokens(turn.Text)
		}
		if len(p.Turns) > 1 && tokens > budget {
			t.Fatalf("%d tokens in a budget of %d", tokens, budget)
		}
		isNewest(t, before, p.Turns[:len(p.Turns)-1])
	})
}

// isNewest checks that history is an unbroken end of what was said.
func isNewest(t *rapid.T, before []chat.Message, history []chat.Turn) {
	var all []chat.Turn
	for _, m := range before {
		if m.FromUser || m.Status == chat.Done || m.Status == chat.Cancelled {
			all = append(all, chat.Turn{FromUser: m.FromUser, Text: m.Content})
		}
	}
	if len(history) > len(all) || !slices.Equal(all[len(all)-len(history):], history) {
		t.Fatalf("%v is no end of %v", history, all)
	}
}

func TestFinal(t *testing.T) {
	for s, want := range map[chat.Status]bool{chat.Queued: false, chat.Running: false, chat.Done: true, chat.Failed: true, chat.Cancelled: true} {
		if s.Final() != want {
			t.Errorf("%s: %v", s, !want)
		}
	}
}
