package answer_test

import (
	"context"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/kuvaka-tech/parley/adapters/fake"
	"github.com/kuvaka-tech/parley/adapters/memory"
	"github.com/kuvaka-tech/parley/app/answer"
	"github.com/kuvaka-tech/parley/app/talk"
	"github.com/kuvaka-tech/parley/core/chat"
	"github.com/kuvaka-tech/parley/core/id"
	"github.com/kuvaka-tech/parley/core/reply"
)

// models is a ports.LLM with a model for each purpose, which records its prompts. For other
// purposes it echoes.
type models struct {
	byPurpose map[chat.Purpose]model
	mu        sync.Mutex
	prompts   []chat.Prompt
}

func (m *models) Answer(ctx context.Context, p chat.Prompt, emit func(string) error) (chat.Usage, error) {
	m.mu.Lock()
	m.prompts = append(m.prompts, p)
	m.mu.Unlock()
	if scripted, ok := m.byPurpose[p.Purpose]; ok {
		return scripted(ctx, emit)
	}
	return fake.NewEcho(fake.EchoOptions{}).Answer(ctx, p, emit)
}

// count returns how many prompts had this purpose.
func (m *models) count(purpose chat.Purpose) (n int) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, p := range m.prompts {
		if p.Purpose == purpose {
			n++
		}
	}
	return n
}

// last returns the last prompt.
func (m *models) last() chat.Prompt {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.prompts[len(m.prompts)-1]
}

// chores is a Service and a room whose messages it answers.
type chores struct {
	*testing.T
	*harness
	*answer.Service
	models *models
	room   id.ID
}

// newChores adds a room. Its name is "" if settings has none.
func newChores(t *testing.T, settings chat.RoomUpdate, byPurpose map[chat.Purpose]model) *chores {
	t.Helper()
	c := &chores{T: t, harness: newHarness(t), models: &models{byPurpose: byPurpose}}
	r, err := c.chats.Create(t.Context(), ada, settings)
	if err != nil {
		t.Fatalf("creating a room: %v", err)
	}
	c.room = r.ID
	c.Service = c.service(c.models)
	return c
}

// say sends a message, answers it, and returns the result.
func (c *chores) say(text string) answer.Result {
	c.Helper()
	request := talk.Request{User: ada, Room: string(c.room)}
	if _, err := c.chats.Send(c.Context(), talk.SendRequest{Request: request, Text: text}); err != nil {
		c.Fatalf("sending a message: %v", err)
	}
	_, r := c.answerNext()
	return r
}

// answerNext answers the only due reply.
func (c *chores) answerNext() (reply.Task, answer.Result) {
	c.Helper()
	task := claimOne(c.T, c.Service)
	r, err := c.Answer(c.Context(), task)
	if err != nil {
		c.Fatalf("answering: %v", err)
	}
	return task, r
}

// sayLong sends messages of 100 tokens until an answer needs a summary, and returns the chore.
func (c *chores) sayLong() answer.Chore {
	c.Helper()
	for range 10 {
		for _, chore := range c.say(strings.Repeat("long", 75)).Chores {
			if chore.Kind == answer.SummaryChore {
				return chore
			}
		}
	}
	c.Fatal("no answer needs a summary, want one after 1000 tokens")
	return answer.Chore{}
}

// only returns the only chore of a result. It fails unless the chore is of this kind.
func (c *chores) only(r answer.Result, kind answer.ChoreKind) answer.Chore {
	c.Helper()
	if len(r.Chores) != 1 || r.Chores[0].Kind != kind {
		c.Fatalf("the chores after the answer are %+v, want only a %s", r.Chores, kind)
	}
	return r.Chores[0]
}

// wantDone does a chore and checks whether its result is stored.
func (c *chores) wantDone(chore answer.Chore, want bool) {
	c.Helper()
	if stored, err := c.DoChore(c.Context(), chore); err != nil || stored != want {
		c.Fatalf("the chore %s: stored = %t, error %v, want %t without an error", chore.Kind, stored, err, want)
	}
}

// wantName checks the name of the room.
func (c *chores) wantName(want string) {
	c.Helper()
	if r, err := c.chats.Room(c.Context(), ada, string(c.room)); err != nil || r.Name != want {
		c.Errorf("the name of the room is %q, %v, want %q", r.Name, err, want)
	}
}

// history returns what is stored of the room.
func (c *chores) history() chat.History {
	c.Helper()
	q := chat.HistoryQuery{Owner: ada, Room: c.room, Limit: 200}
	h, err := memory.Conversations{Store: c.store}.History(c.Context(), q)
	if err != nil {
		c.Fatalf("reading the history: %v", err)
	}
	return h
}

// wantTurns checks the texts of the last prompt.
func (c *chores) wantTurns(want ...string) {
	c.Helper()
	var got []string
	for _, turn := range c.models.last().Turns {
		got = append(got, turn.Text)
	}
	if !slices.Equal(got, want) {
		c.Errorf("the prompt has the turns %q, want %q", got, want)
	}
}
