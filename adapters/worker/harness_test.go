package worker_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"log/slog"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/kuvaka-tech/parley/adapters/memory"
	"github.com/kuvaka-tech/parley/adapters/worker"
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

const ada id.ID = "01890a5d-ac96-774b-bcce-b302099a8057"

var errUnavailable = errors.New("store unavailable")

type clock struct {
	ahead *time.Duration // nil for 0
}

func (c clock) Now() time.Time {
	now := time.Now().UTC().Truncate(time.Microsecond)
	if c.ahead != nil {
		now = now.Add(*c.ahead)
	}
	return now
}

// wakeups delivers wake-ups through a channel and counts the acknowledged ones.
type wakeups struct {
	waiting      chan id.ID
	unavailable  bool // Wake fails
	mu           sync.Mutex
	acknowledged int
}

func (w *wakeups) Wake(_ context.Context, replyID id.ID) error {
	if w.unavailable {
		return errUnavailable
	}
	w.waiting <- replyID
	return nil
}

func (w *wakeups) Consume(ctx context.Context, handle func(context.Context, id.ID)) error {
	for {
		select {
		case <-ctx.Done():
			return nil
		case replyID := <-w.waiting:
			handle(context.WithoutCancel(ctx), replyID)
			w.mu.Lock()
			w.acknowledged++
			w.mu.Unlock()
		}
	}
}

func (w *wakeups) countAcknowledged() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.acknowledged
}

// store is a memory store that can fail.
type store struct {
	*memory.Store
	unavailable func() bool
	claimDelay  time.Duration
	panics      atomic.Int64 // how many of the next claims panic
	frozenSpend bool         // adding tokens blocks until its context is done
	purges      []time.Time
	removals    []time.Time // calls of RemoveDeleted
}

// RemoveDeleted takes removalTime, and nothing remains after removalCalls calls.
const (
	removalTime  = 100 * time.Millisecond
	removalCalls = 4
)

func (s *store) Heartbeat(ctx context.Context, beat ports.Heartbeat) error {
	if s.unavailable() {
		return errUnavailable
	}
	return memory.Workers{Store: s.Store}.Heartbeat(ctx, beat)
}

func (s *store) CountLive(ctx context.Context, now time.Time) (int, error) {
	return memory.Workers{Store: s.Store}.CountLive(ctx, now)
}

func (s *store) Capacity(ctx context.Context, now time.Time) (reply.Capacity, error) {
	return memory.Workers{Store: s.Store}.Capacity(ctx, now)
}

func (s *store) Purge(ctx context.Context, now time.Time) (int, error) {
	s.purges = append(s.purges, now)
	if s.unavailable() {
		return 0, errUnavailable
	}
	return memory.Retention{Store: s.Store}.Purge(ctx, now)
}

func (s *store) RemoveOld(ctx context.Context, until time.Time) (more bool, err error) {
	return memory.Retention{Store: s.Store}.RemoveOld(ctx, until)
}

func (s *store) RemoveDeleted(ctx context.Context) (more bool, err error) {
	if s.unavailable() {
		return false, errUnavailable
	}
	s.removals = append(s.removals, time.Now())
	select {
	case <-time.After(removalTime):
	case <-ctx.Done():
	}
	return len(s.removals) < removalCalls, nil
}

func (s *store) OldestDeleted(context.Context, time.Time) (time.Duration, error) { return 0, nil }

type replyQueue struct {
	ports.ReplyQueue
	store *store
}

func (q replyQueue) Claim(
	ctx context.Context, now time.Time, lease time.Duration, n, perUser int,
) ([]reply.Task, error) {
	if q.store.unavailable() {
		return nil, errUnavailable
	}
	if q.store.panics.Add(-1) >= 0 {
		panic("canary")
	}
	time.Sleep(q.store.claimDelay)
	return q.ReplyQueue.Claim(ctx, now, lease, n, perUser)
}

type tokenSpend struct {
	ports.TokenSpend
	store *store
}

func (s tokenSpend) Add(ctx context.Context, day quota.Day, tokens int64) error {
	if s.store.unavailable() {
		return errUnavailable
	}
	if s.store.frozenSpend {
		<-ctx.Done()
		return ctx.Err()
	}
	return s.TokenSpend.Add(ctx, day, tokens)
}

// harness runs a worker with its store and its wake-ups.
type harness struct {
	store    *store
	wakeups  *wakeups
	talk     *talk.Service
	ahead    time.Duration // how much the clock of talk is ahead of the worker's
	log      *bytes.Buffer
	mu       sync.Mutex
	attempts [][2]string // outcome and code of each attempt; valid after stop
	chores   [][2]string // kind and outcome of each chore; valid after stop
	stop     func()      // stops the worker and waits for its end
}

// alwaysAvailable is the usual argument of start for unavailable.
func alwaysAvailable() bool { return false }

// start runs a worker. Calls of the store fail while unavailable returns true.
func start(t *testing.T, llm ports.LLM, concurrency int, unavailable func() bool) *harness {
	t.Helper()
	h := &harness{
		store:   &store{Store: memory.New(), unavailable: unavailable},
		wakeups: &wakeups{waiting: make(chan id.ID, 100)},
		log:     &bytes.Buffer{},
	}
	h.addUser(t)
	live := memory.NewLive()
	h.talk = h.newTalk(live)
	w := worker.New(worker.Config{
		Name:        "w",
		Answers:     h.newAnswers(live, llm),
		Wakeups:     h.wakeups,
		Workers:     h.store,
		Retention:   h.store,
		Clock:       clock{},
		Log:         slog.New(slog.NewTextHandler(h.log, nil)),
		Concurrency: concurrency,
		OnAttempt:   h.onAttempt,
		OnChore:     h.onChore,
	})
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- w.Run(ctx) }()
	h.stop = func() {
		cancel()
		if err := <-ended; err != nil {
			t.Errorf("Run = %v, want nil after a stop", err)
		}
	}
	return h
}

func (h *harness) addUser(t *testing.T) {
	t.Helper()
	n, err := phone.Parse("+15550001000")
	if err != nil {
		t.Fatalf("parsing the phone number: %v", err)
	}
	u := user.User{ID: ada, Number: n, Proven: clock{}.Now()}
	if _, err := (memory.Users{Store: h.store.Store}).AddProven(t.Context(), u); err != nil {
		t.Fatalf("adding the user: %v", err)
	}
}

func (h *harness) newTalk(live *memory.Live) *talk.Service {
	return talk.New(talk.Config{
		Rooms:      memory.Rooms{Store: h.store.Store},
		Messages:   memory.Messages{Store: h.store.Store},
		Live:       live,
		LiveReader: live,
		Wakeups:    h.wakeups,
		Budget:     talk.NewTokenBudgetMonitor(memory.TokenSpend{Store: h.store.Store}, 0, nil),
		Load:       talk.NewLoadMonitor(memory.ReplyQueue{Store: h.store.Store}, h.store, nil),
		Clock:      clock{&h.ahead},
		Random:     rand.Reader,
		Plans:      plan.Plans{Basic: plan.Plan{Terms: plan.Terms{Limit: 100}}},
	})
}

func (h *harness) newAnswers(live ports.Live, llm ports.LLM) *answer.Service {
	return answer.New(answer.Config{
		ReplyQueue:     replyQueue{memory.ReplyQueue{Store: h.store.Store}, h.store},
		Messages:       memory.Messages{Store: h.store.Store},
		Live:           live,
		LLM:            llm,
		Wakeups:        h.wakeups,
		CancelSignals:  memory.NewCancelSignals(),
		MessageChanges: memory.MessageChanges{Store: h.store.Store},
		TokenSpend:     tokenSpend{memory.TokenSpend{Store: h.store.Store}, h.store},
		Clock:          clock{},
		Jitter:         func() float64 { return 0 },
		Conversations:  memory.Conversations{Store: h.store.Store},
		Budget:         chat.Budget{Tokens: 1000},
	})
}

func (h *harness) onAttempt(outcome, code string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.attempts = append(h.attempts, [2]string{outcome, code})
}

func (h *harness) onChore(chore, outcome string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.chores = append(h.chores, [2]string{chore, outcome})
}

// send sends the message "canary" to a new room.
func (h *harness) send(t *testing.T) {
	t.Helper()
	h.sendTo(t, chat.RoomUpdate{Name: new("r")})
}

// sendTo sends the message "canary" to a new room with these settings.
func (h *harness) sendTo(t *testing.T, settings chat.RoomUpdate) {
	t.Helper()
	h.sendIn(t, h.addRoom(t, settings))
}

func (h *harness) addRoom(t *testing.T, settings chat.RoomUpdate) id.ID {
	t.Helper()
	room, err := h.talk.Create(t.Context(), ada, settings)
	if err != nil {
		t.Fatalf("creating a room: %v", err)
	}
	return room.ID
}

// sendIn sends the message "canary" to a room.
func (h *harness) sendIn(t *testing.T, room id.ID) {
	t.Helper()
	message := talk.SendRequest{
		Request: talk.Request{User: ada, Room: string(room)},
		Text:    "canary",
	}
	if _, err := h.talk.Send(t.Context(), message); err != nil {
		t.Fatalf("sending a message: %v", err)
	}
}

// liveWorkers returns how many workers count as live.
func (h *harness) liveWorkers(t *testing.T) int {
	t.Helper()
	n, err := h.store.CountLive(t.Context(), clock{}.Now())
	if err != nil {
		t.Fatalf("counting live workers: %v", err)
	}
	return n
}
