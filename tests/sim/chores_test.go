package sim

import (
	"context"
	"fmt"
	"hash/crc32"
	"slices"
	"strings"

	"github.com/kuvaka-tech/parley/adapters/memory"
	"github.com/kuvaka-tech/parley/core/chat"
	"github.com/kuvaka-tech/parley/core/id"
	"github.com/kuvaka-tech/parley/ports"
)

// choreCount counts what the model did for a room.
type choreCount struct{ answers, titles, summaries int }

// writeTitle returns a title for a conversation.
func (w *world) writeTitle(prompt chat.Prompt) string {
	text := firstUserText(prompt.Turns[0].Text)
	w.countChore(text, func(c *choreCount) { c.titles++ })
	return "\"About " + text + "\""
}

// writeSummary returns a checksum of all messages that the summary covers. The checksum of the
// earlier summary continues with the new messages.
func (w *world) writeSummary(prompt chat.Prompt) string {
	text := prompt.Turns[0].Text
	var sum uint32
	if earlier, added, found := strings.Cut(text, "\n\nNew messages:\n"); found {
		text = added
		if _, err := fmt.Sscanf(earlier, "Earlier summary:\nsum %x", &sum); err != nil {
			w.violate("the prompt for a summary has the earlier summary %q: %v", earlier, err)
		}
	}
	if prompt.Tokens() > w.config.HistoryTokens {
		w.violate("the prompt for a summary has %d tokens", prompt.Tokens())
	}
	w.countChore(firstUserText(text), func(c *choreCount) { c.summaries++ })
	summary := checksum(crc32.Update(sum, crc32.IEEETable, []byte(text)))
	w.checkCovered(firstUserText(text), summary)
	return summary
}

// checkCovered: a new summary covers the room from its start, only replies that are final, and
// not the last exchange.
func (w *world) checkCovered(text, summary string) {
	w.truth.mu.Lock()
	x := w.truth.texts[text]
	w.truth.mu.Unlock()
	messages, err := w.messagesOf(x.user, x.room)
	if err != nil {
		return // the room was deleted
	}
	n := w.summarized(summary, messages)
	unfinished := func(m chat.Message) bool { return !m.Status.Final() }
	if n > len(messages)-2 || slices.ContainsFunc(messages[:n], unfinished) {
		w.violate("a summary is made of %d of %d messages: %+v", n, len(messages), messages[:n])
	}
}

func checksum(sum uint32) string { return fmt.Sprintf("sum %08x", sum) }

// firstUserText returns the first message of a transcript.
func firstUserText(transcript string) string {
	line, _, _ := strings.Cut(transcript, "\n")
	return strings.TrimPrefix(line, "User: ")
}

// countChore counts a chore of the room in which a text was sent. A room has at most one title
// and one summary for each answer.
func (w *world) countChore(text string, count func(*choreCount)) {
	t := &w.truth
	t.mu.Lock()
	defer t.mu.Unlock()
	x := t.texts[text]
	if x == nil {
		w.violate("a title or summary was made of %q, which nobody has sent", text)
		return
	}
	c := t.chores[x.room]
	count(&c)
	t.chores[x.room] = c
	if c.titles > c.answers || c.summaries > c.answers {
		w.violate("the model was called for %+v of a room, want at most one title and summary for each answer", c)
	}
}

// summaryIn returns the summary in a prompt, "" if there is none.
func summaryIn(prompt chat.Prompt) string {
	_, summary, _ := strings.Cut(prompt.System, "Summary of the conversation so far:\n")
	return summary
}

// summarized returns how many messages a summary covers: 0 if it is "".
func (w *world) summarized(summary string, messages []chat.Message) int {
	if summary == "" {
		return 0
	}
	for n := 2; n <= len(messages); n += 2 {
		if sumOf(messages[:n]) == summary {
			return n
		}
	}
	w.violate("the summary %q is not of the first messages of its room", summary)
	return 0
}

// sumOf returns the summary of messages.
func sumOf(messages []chat.Message) string {
	var sum uint32
	for _, t := range turnsOf(messages) {
		line := "Assistant: " + t.Text + "\n"
		if t.FromUser {
			line = "User: " + t.Text + "\n"
		}
		sum = crc32.Update(sum, crc32.IEEETable, []byte(line))
	}
	return checksum(sum)
}

// checkSummary: what a summary covers has not changed since the summary was made, and is not
// the last exchange of the room.
func (w *world) checkSummary(owner, roomID id.ID, messages []chat.Message) {
	q := chat.HistoryQuery{Owner: owner, Room: roomID, Limit: 1}
	h, err := memory.Conversations{Store: w.store}.History(context.Background(), q)
	if err != nil || h.Summary.Through == 0 {
		return
	}
	n := 0
	for n < len(messages) && messages[n].Born <= h.Summary.Through {
		n++
	}
	if n > len(messages)-2 || sumOf(messages[:n]) != h.Summary.Text {
		w.violate("the summary %q of %d of %d messages does not match them", h.Summary.Text, n, len(messages))
	}
}

// conversations is a ports.Conversations with faults.
type conversations struct {
	ports.Conversations
	p *process
}

func (x conversations) History(ctx context.Context, q chat.HistoryQuery) (chat.History, error) {
	return call(ctx, x.p, "conversations.History", usual, func() (chat.History, error) {
		return x.Conversations.History(ctx, q)
	})
}

func (x conversations) SetSummary(ctx context.Context, c ports.SummaryChange) error {
	return run(ctx, x.p, "conversations.SetSummary", usual, func() error {
		err := x.Conversations.SetSummary(ctx, c)
		if err == nil {
			x.p.w.count("summaries")
		}
		return err
	})
}

// SetTitle checks that no room is named twice.
func (x conversations) SetTitle(ctx context.Context, owner, roomID id.ID, title string) (chat.Room, error) {
	return call(ctx, x.p, "conversations.SetTitle", usual, func() (chat.Room, error) {
		w := x.p.w
		before := w.roomsOf(owner)[roomID]
		r, err := x.Conversations.SetTitle(ctx, owner, roomID, title)
		if err != nil {
			return r, err
		}
		w.count("titles")
		if before.Name != "" || !strings.HasPrefix(title, "About user ") {
			w.violate("the room %q got the title %q", before.Name, title)
		}
		return r, nil
	})
}
