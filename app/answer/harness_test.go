package answer_test

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"testing"
	"time"

	"github.com/kuvaka-tech/parley/adapters/memory"
	"github.com/kuvaka-tech/parley/app/answer"
	"github.com/kuvaka-tech/parley/app/talk"
	"github.com/kuvaka-tech/parley/core/chat"
	"github.com/kuvaka-tech/parley/core/id"
	"github.com/kuvaka-tech/parley/core/phone"
	"github.com/kuvaka-tech/parley/core/plan"
	"github.com/kuvaka-tech/parley/core/quota"
	"github.com/kuvaka-tech/parley/core/reply"
	"github.com/kuvaka-tech/parley/core/user"
	"github.com/kuvaka-tech/parley/ports"
)

// errInjected is the error of calls that a test makes fail.
var errInjected = errors.New("injected")

// ada is the user of all tests.
const ada id.ID = "01890a5d-ac96-774b-bcce-b302099a8057"

// clock is the system clock, which testing/synctest can fake.
type clock struct{}

func (clock) Now() time.Time { return time.Now().UTC().Truncate(time.Microsecond) }

// noWakeups wakes no worker.
type noWakeups struct{ ports.Wakeups }

func (noWakeups) Wake(context.Context, id.ID) error { return nil }

// model is a ports.LLM.
type model func(ctx context.Context, emit func(string) error) (chat.Usage, error)

func (m model) Answer(ctx context.Context, _ chat.Prompt, emit func(string) error) (chat.Usage, error) {
	return m(ctx, emit)
}

// flakyQueue is a ports.ReplyQueue whose first Finish calls fail.
type flakyQueue struct {
	ports.ReplyQueue
	failures     int   // how many calls of Finish fail
	lostResponse bool  // the failing calls write the outcome all the same
	renewErr     error // what Renew fails with, nil for the error of ReplyQueue
}

func (q *flakyQueue) Renew(ctx context.Context, replyID id.ID, fence int64, now time.Time, lease time.Duration) error {
	return cmp.Or(q.renewErr, q.ReplyQueue.Renew(ctx, replyID, fence, now, lease))
}

func (q *flakyQueue) Finish(
	ctx context.Context, replyID id.ID, fence int64, o reply.Outcome, now time.Time,
) (ports.Finished, error) {
	if q.failures == 0 {
		return q.ReplyQueue.Finish(ctx, replyID, fence, o, now)
	}
	q.failures--
	if q.lostResponse {
		_, _ = q.ReplyQueue.Finish(ctx, replyID, fence, o, now)
	}
	return ports.Finished{}, errInjected
}

// flakyConversations is a ports.Conversations whose History can be slow or fail.
type flakyConversations struct {
	ports.Conversations
	historyDelay time.Duration
	historyErr   error
}

func (c *flakyConversations) History(ctx context.Context, q chat.HistoryQuery) (chat.History, error) {
	select {
	case <-ctx.Done():
		return chat.History{}, ctx.Err()
	case <-time.After(c.historyDelay):
	}
	if c.historyErr != nil {
		return chat.History{}, c.historyErr
	}
	return c.Conversations.History(ctx, q)
}

// harness is a Service over memory adapters, with one user who sends messages.
// Tests change queue, flaky, budget and perUser before they call service.
type harness struct {
	store   *memory.Store
	live    *memory.Live
	writer  ports.Live // what the Service writes to: live, or a wrapper around it
	signals *memory.CancelSignals
	chats   *talk.Service
	queue   *flakyQueue
	flaky   *flakyConversations
	budget  int // tokens of a prompt
	perUser int
}

func newHarness(t *testing.T) *harness {
	t.Helper()
	store := memory.New()
	number, err := phone.Parse("+15550001000")
	if err != nil {
		t.Fatalf("parsing the test number: %v", err)
	}
	u := user.User{ID: ada, Number: number, Proven: clock{}.Now()}
	if err := (memory.Users{Store: store}).Add(t.Context(), u); err != nil {
		t.Fatalf("adding the user: %v", err)
	}
	h := &harness{
		store:   store,
		live:    memory.NewLive(),
		signals: memory.NewCancelSignals(),
		queue:   &flakyQueue{ReplyQueue: memory.ReplyQueue{Store: store}},
		flaky:   &flakyConversations{Conversations: memory.Conversations{Store: store}},
		budget:  1000,
	}
	h.writer = h.live
	h.chats = talk.New(talk.Config{
		Rooms:          memory.Rooms{Store: store},
		Messages:       memory.Messages{Store: store},
		MessageChanges: memory.MessageChanges{Store: store},
		Live:           h.live,
		LiveReader:     h.live,
		Wakeups:        noWakeups{},
		Budget:         talk.NewTokenBudgetMonitor(memory.TokenSpend{Store: store}, 0, nil),
		Load:           talk.NewLoadMonitor(memory.ReplyQueue{Store: store}, memory.Workers{Store: store}, nil),
		Clock:          clock{},
		Random:         rand.Reader,
		Plans:          plan.Plans{Basic: plan.Plan{Terms: plan.Terms{Limit: quota.Unlimited}}},
	})
	return h
}

func (h *harness) service(llm ports.LLM) *answer.Service {
	return answer.New(answer.Config{
		ReplyQueue:     h.queue,
		Messages:       memory.Messages{Store: h.store},
		Conversations:  h.flaky,
		Live:           h.writer,
		LLM:            llm,
		Wakeups:        noWakeups{},
		MessageChanges: memory.MessageChanges{Store: h.store},
		CancelSignals:  h.signals,
		TokenSpend:     memory.TokenSpend{Store: h.store},
		Clock:          clock{},
		Jitter:         func() float64 { return 0.5 },
		Budget:         chat.Budget{Tokens: h.budget},
		PerUser:        h.perUser,
		RefundLimit:    10,
	})
}

// ask sends "hello" to a new room.
func (h *harness) ask(t *testing.T) (roomID id.ID) {
	t.Helper()
	r, err := h.chats.Create(t.Context(), ada, chat.RoomUpdate{Name: new("r")})
	if err != nil {
		t.Fatalf("creating a room: %v", err)
	}
	message := talk.SendRequest{Request: talk.Request{User: ada, Room: string(r.ID)}, Text: "hello"}
	if _, err := h.chats.Send(t.Context(), message); err != nil {
		t.Fatalf("sending a message: %v", err)
	}
	return r.ID
}

// serviceWithTask returns a Service and the claimed reply to a new message.
func (h *harness) serviceWithTask(t *testing.T, llm ports.LLM) (*answer.Service, reply.Task) {
	t.Helper()
	h.ask(t)
	s := h.service(llm)
	return s, claimOne(t, s)
}

// claimOne claims the only due reply.
func claimOne(t *testing.T, s *answer.Service) reply.Task {
	t.Helper()
	tasks, err := s.Claim(t.Context(), 9)
	if err != nil || len(tasks) != 1 {
		t.Fatalf("claimed %+v, %v, want one reply", tasks, err)
	}
	return tasks[0]
}

// stored returns the reply of the task as the store has it.
func (h *harness) stored(t *testing.T, task reply.Task) chat.Message {
	t.Helper()
	m, err := memory.Messages{Store: h.store}.Get(t.Context(), ada, task.Room, task.Reply)
	if err != nil {
		t.Fatalf("reading the reply: %v", err)
	}
	return m
}

// today returns the current UTC day.
func today() quota.Day { return quota.DayOf(clock{}.Now()) }
