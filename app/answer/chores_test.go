package answer_test

import (
	"context"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/kuvaka-tech/parley/adapters/memory"
	"github.com/kuvaka-tech/parley/app/answer"
	"github.com/kuvaka-tech/parley/core/chat"
	"github.com/kuvaka-tech/parley/core/reply"
)

var (
	nameless = chat.RoomUpdate{}
	named    = chat.RoomUpdate{Name: new("r")}
)

// blocked is a model that refuses to answer.
func blocked(context.Context, func(string) error) (chat.Usage, error) {
	return chat.Usage{}, &reply.Failure{Code: reply.CodeBlocked}
}

func TestRoomWithoutNameGetsATitle(t *testing.T) {
	c := newChores(t, nameless, map[chat.Purpose]model{
		chat.ForTitle: says(chat.Usage{}, nil, "**What owls", " eat**\n"),
	})
	r := c.say("What do owls eat?")
	c.wantName("")
	c.wantDone(c.only(r, answer.TitleChore), true)
	c.wantName("What owls eat")
	if r := c.say("And bats?"); len(r.Chores) != 0 {
		t.Errorf("the chores after the second answer are %+v, want none", r.Chores)
	}
	if n := c.models.count(chat.ForTitle); n != 1 {
		t.Errorf("the model was asked for %d titles, want 1", n)
	}
}

func TestAnswersWithoutChores(t *testing.T) {
	for name, c := range map[string]*chores{
		"a named room":         newChores(t, named, nil),
		"an answer that fails": newChores(t, nameless, map[chat.Purpose]model{chat.ForAnswer: blocked}),
		"an answer that is retried": newChores(t, nameless, map[chat.Purpose]model{
			chat.ForAnswer: says(chat.Usage{}, &reply.Failure{Code: reply.CodeUnavailable, Retryable: true}, "half"),
		}),
	} {
		if r := c.say("hello"); len(r.Chores) != 0 {
			t.Errorf("%s: the chores are %+v, want none", name, r.Chores)
		}
	}
}

// The user has chosen a name while the model was writing the title.
func TestNameOfTheUserWins(t *testing.T) {
	var c *chores
	c = newChores(t, nameless, map[chat.Purpose]model{
		chat.ForTitle: func(_ context.Context, emit func(string) error) (chat.Usage, error) {
			settings := chat.RoomUpdate{Name: new("Mine")}
			if _, err := c.chats.UpdateRoom(t.Context(), ada, string(c.room), settings); err != nil {
				t.Errorf("renaming the room: %v", err)
			}
			return chat.Usage{}, emit("Title")
		},
	})
	c.wantDone(c.only(c.say("hello"), answer.TitleChore), false)
	c.wantName("Mine")
}

func TestRoomIsDeletedDuringAChore(t *testing.T) {
	for _, purpose := range []chat.Purpose{chat.ForTitle, chat.ForSummary} {
		var c *chores
		c = newChores(t, nameless, map[chat.Purpose]model{
			purpose: func(_ context.Context, emit func(string) error) (chat.Usage, error) {
				if err := c.chats.Delete(t.Context(), ada, string(c.room)); err != nil {
					t.Errorf("deleting the room: %v", err)
				}
				return chat.Usage{}, emit("text")
			},
		})
		if purpose == chat.ForTitle {
			c.wantDone(c.only(c.say("hello"), answer.TitleChore), false)
		} else {
			c.wantDone(c.sayLong(), false)
		}
	}
}

// A failed chore stores nothing, and the next answer has it again.
func TestFailedChores(t *testing.T) {
	unavailable := &reply.Failure{Code: reply.CodeUnavailable, Retryable: true}
	synctest.Test(t, func(t *testing.T) {
		for name, llm := range map[string]model{
			"blocked":             blocked,
			"cut off":             says(chat.Usage{}, unavailable, "Half a ti"),
			"hanging":             hangs("Half a ti"),
			"without text":        says(chat.Usage{}, nil, " \n"),
			"without a character": says(chat.Usage{}, nil, "\x00"),
		} {
			c := newChores(t, nameless, map[chat.Purpose]model{chat.ForTitle: llm, chat.ForSummary: llm})
			for _, chore := range []answer.Chore{c.only(c.say("hello"), answer.TitleChore), c.sayLong()} {
				start := time.Now()
				if stored, err := c.DoChore(t.Context(), chore); err == nil || stored {
					t.Errorf("%s: the chore %s: stored = %t, error %v, want an error", name, chore.Kind, stored, err)
				}
				if took := time.Since(start); took > reply.AttemptTimeout {
					t.Errorf("%s: the chore took %v, want at most %v", name, took, reply.AttemptTimeout)
				}
			}
			c.wantName("")
			if s := c.history().Summary; s != (chat.Summary{}) {
				t.Errorf("%s: the summary is %+v, want none", name, s)
			}
			if r := c.say("hello again"); len(r.Chores) != 2 {
				t.Errorf("%s: the chores after the next answer are %+v, want both again", name, r.Chores)
			}
		}
	})
}

func TestTitleWithoutWords(t *testing.T) {
	c := newChores(t, nameless, map[chat.Purpose]model{chat.ForTitle: says(chat.Usage{}, nil, "***")})
	chore := c.only(c.say("hello"), answer.TitleChore)
	if stored, err := c.DoChore(t.Context(), chore); err == nil || stored || strings.Contains(err.Error(), "*") {
		t.Errorf("the chore: stored = %t, error %v, want an error without the text", stored, err)
	}
	c.wantName("")
}

// A model that does not stop is stopped, and its tokens count.
func TestEndlessChores(t *testing.T) {
	endless := model(func(_ context.Context, emit func(string) error) (chat.Usage, error) {
		for {
			if err := emit("語 "); err != nil {
				return chat.Usage{In: 3, Out: 4}, err
			}
		}
	})
	c := newChores(t, nameless, map[chat.Purpose]model{chat.ForTitle: endless, chat.ForSummary: endless})
	c.wantDone(c.only(c.say("hello"), answer.TitleChore), true)
	c.wantName(strings.TrimSpace(strings.Repeat("語 ", 50)))
	c.wantDone(c.sayLong(), true)
	budget := chat.Budget{Tokens: c.budget}
	if n := len(c.history().Summary.Text); n > budget.SummaryBytes() || n < budget.SummaryBytes()-4 {
		t.Errorf("the summary has %d bytes, want %d", n, budget.SummaryBytes())
	}
}

// The tokens of chores count towards the budget of the day, and not towards the user's messages.
func TestTokensOfChores(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		usage := chat.Usage{In: 100, Out: 10}
		c := newChores(t, nameless, map[chat.Purpose]model{
			chat.ForAnswer: says(chat.Usage{In: 1}, nil, "fine"),
			chat.ForTitle:  says(usage, nil, "Title"),
		})
		chore := c.only(c.say("hello"), answer.TitleChore)
		c.checkSpent(t, c.Service, 1)
		c.wantDone(chore, true)
		c.checkSpent(t, c.Service, 111)
		n, err := memory.MessageCounts{Store: c.store}.Count(t.Context(), ada, today())
		if err != nil || n != 1 {
			t.Errorf("%d messages of the user count, %v, want 1", n, err)
		}
	})
}
