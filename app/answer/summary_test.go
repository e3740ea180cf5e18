package answer_test

import (
	"context"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/kuvaka-tech/parley/app/answer"
	"github.com/kuvaka-tech/parley/app/talk"
	"github.com/kuvaka-tech/parley/core/chat"
)

const summaryParagraph = "Summary of the conversation so far:\n"

// The room's system prompt and the summary follow the system text of the program.
func TestPromptWithSummary(t *testing.T) {
	c := newChores(t, chat.RoomUpdate{Name: new("r"), SystemPrompt: new("Be an owl.")}, map[chat.Purpose]model{
		chat.ForAnswer:  says(chat.Usage{}, nil, "fine"),
		chat.ForSummary: says(chat.Usage{}, nil, "  The user is ", "Ada.\n"),
	})
	chore := c.sayLong()
	if system := c.models.last().System; system != "Be an owl." {
		t.Errorf("the system text without a summary is %q, want the system prompt of the room", system)
	}
	c.wantDone(chore, true)
	if asked := c.models.last(); asked.Purpose != chat.ForSummary || asked.Tokens() > c.budget {
		t.Errorf("the prompt for the summary has %d tokens, want at most %d", asked.Tokens(), c.budget)
	}
	uncovered := len(c.history().Messages)
	c.say("now")
	p := c.models.last()
	if want := "Be an owl.\n\n" + summaryParagraph + "The user is Ada."; p.System != want {
		t.Errorf("the system text is %q, want %q", p.System, want)
	}
	if len(p.Turns) != uncovered+1 || uncovered == 0 || p.Tokens() > c.budget {
		t.Errorf("the prompt has %d turns after %d messages that are not covered, and %d tokens, want at most %d",
			len(p.Turns), uncovered, p.Tokens(), c.budget)
	}
}

// While the model writes a summary, the user edits the last message and sends another one. The
// summary covers neither, and the prompts of both have all that it does not cover.
func TestEditDuringASummary(t *testing.T) {
	var c *chores
	request := func() talk.Request { return talk.Request{User: ada, Room: string(c.room)} }
	c = newChores(t, named, map[chat.Purpose]model{
		chat.ForAnswer: says(chat.Usage{}, nil, "fine"),
		chat.ForSummary: func(_ context.Context, emit func(string) error) (chat.Usage, error) {
			page, err := c.chats.Page(t.Context(), talk.PageQuery{Owner: ada, Room: string(c.room), Limit: 2})
			if err != nil {
				return chat.Usage{}, err
			}
			edit := talk.EditRequest{Request: request(), Message: string(page.Messages[0].ID), Text: "edited"}
			if _, err := c.chats.Edit(t.Context(), edit); err != nil {
				t.Errorf("editing the last message: %v", err)
			}
			if _, err := c.chats.Send(t.Context(), talk.SendRequest{Request: request(), Text: "sent"}); err != nil {
				t.Errorf("sending a message: %v", err)
			}
			return chat.Usage{}, emit("A summary.")
		},
	})
	c.wantDone(c.sayLong(), true)
	h := c.history()
	if h.Summary.Text != "A summary." || !h.Messages[0].FromUser || h.Messages[0].Content == "edited" {
		t.Fatalf("the summary %+v is followed by %+v, want an exchange before the edited one", h.Summary, h.Messages[0])
	}
	var before []string
	for _, m := range h.Messages[:len(h.Messages)-4] {
		before = append(before, m.Content)
	}
	c.answerNext()
	c.wantTurns(append(before, "edited")...)
	c.answerNext()
	c.wantTurns(append(before, "edited", "fine", "sent")...)
	if p := c.models.last(); !strings.HasSuffix(p.System, summaryParagraph+"A summary.") {
		t.Errorf("the system text is %q, want the summary at its end", p.System)
	}
}

// Two workers may answer messages of a room one after the other, and then have the same chore.
func TestTwoWorkersSummarize(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newChores(t, named, map[chat.Purpose]model{
			chat.ForSummary: func(_ context.Context, emit func(string) error) (chat.Usage, error) {
				time.Sleep(time.Second)
				return chat.Usage{}, emit("A summary.")
			},
		})
		chore := c.sayLong()
		results := make(chan bool)
		for range 2 {
			go func() {
				stored, err := c.DoChore(t.Context(), chore)
				if err != nil {
					t.Errorf("a concurrent summary failed with %v, want no error", err)
				}
				results <- stored
			}()
		}
		if first, second := <-results, <-results; first == second {
			t.Errorf("stored = %t and %t, want one of the concurrent summaries", first, second)
		}
		c.wantDone(chore, false)
		if n := c.models.count(chat.ForSummary); n != 2 {
			t.Errorf("the model was asked for %d summaries, want 2: none when nothing is left to cover", n)
		}
	})
}

// A summary is made again when the history has grown, and contains the earlier one.
func TestSummaryRolls(t *testing.T) {
	c := newChores(t, named, nil)
	var through int64
	for i := range 4 {
		c.wantDone(c.sayLong(), true)
		prompt, s := c.models.last().Turns[0].Text, c.history().Summary
		if s.Through <= through || !strings.HasPrefix(s.Text, "User: long") {
			t.Errorf("summary %d covers up to %d after %d, and is %.40q, want it to grow and to keep its first line",
				i+1, s.Through, through, s.Text)
		}
		if i > 0 != strings.HasPrefix(prompt, "Earlier summary:\nUser: long") {
			t.Errorf("the prompt for summary %d starts with %.60q, want the earlier summary, if any", i+1, prompt)
		}
		through = s.Through
	}
	if n := c.models.count(chat.ForSummary); n != 4 {
		t.Errorf("the model was asked for %d summaries, want 4", n)
	}
}

// The store fails while a summary is made. The next answer has the chore again.
func TestStoreFailsDuringASummary(t *testing.T) {
	c := newChores(t, named, nil)
	chore := c.sayLong()
	c.flaky.historyErr = errInjected
	if stored, err := c.DoChore(t.Context(), chore); err == nil || stored {
		t.Errorf("the chore: stored = %t, error %v, want the error of the store", stored, err)
	}
	c.flaky.historyErr = nil
	c.wantDone(c.only(c.say("hello"), answer.SummaryChore), true)
}
