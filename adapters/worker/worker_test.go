package worker_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/kuvaka-tech/parley/adapters/fake"
	"github.com/kuvaka-tech/parley/adapters/memory"
	"github.com/kuvaka-tech/parley/adapters/worker"
	"github.com/kuvaka-tech/parley/app/talk"
	"github.com/kuvaka-tech/parley/core/chat"
	"github.com/kuvaka-tech/parley/core/id"
	"github.com/kuvaka-tech/parley/core/phone"
	"github.com/kuvaka-tech/parley/core/quota"
	"github.com/kuvaka-tech/parley/core/subscription"
	"github.com/kuvaka-tech/parley/core/user"
	"github.com/kuvaka-tech/parley/ports"
)

const ada id.ID = "01890a5d-ac96-774b-bcce-b302099a8057"

var errAway = errors.New("the store is away")

type clock struct{}

func (clock) Now() time.Time { return time.Now().UTC().Truncate(time.Microsecond) }

// queue hands over what is put in, and counts what was used up.
type queue struct {
	wakes chan id.ID
	mu    sync.Mutex
	used  int
}

func (q *queue) Wake(_ context.Context, reply id.ID) error { q.wakes <- reply; return nil }

func (q *queue) Consume(ctx context.Context, handle func(context.Context, id.ID)) error {
	for {
		select {
		case <-ctx.Done():
			return nil
		case reply := <-q.wakes:
			handle(context.WithoutCancel(ctx), reply)
			q.mu.Lock()
			q.used++
			q.mu.Unlock()
		}
	}
}

func (q *queue) usedUp() int { q.mu.Lock(); defer q.mu.Unlock(); return q.used }

// store fails while it is away.
type store struct {
	*memory.Store
	away   func() bool
	slow   time.Duration // of a claim
	frozen bool          // no tokens are counted, and nobody is told so
	purges []time.Time
}

func (s *store) Beat(ctx context.Context, worker string, until time.Time) error {
	if s.away() {
		return errAway
	}
	return memory.Workers{Store: s.Store}.Beat(ctx, worker, until)
}

func (s *store) Live(ctx context.Context, now time.Time) (int, error) {
	return memory.Workers{Store: s.Store}.Live(ctx, now)
}

func (s *store) Purge(ctx context.Context, now time.Time) (int, error) {
	if s.purges = append(s.purges, now); s.away() {
		return 0, errAway
	}
	return memory.Retention{Store: s.Store}.Purge(ctx, now)
}

type work struct {
	ports.Work
	s *store
}

func (w work) Claim(ctx context.Context, now time.Time, lease time.Duration, n, perUser int) ([]chat.Task, error) {
	if w.s.away() {
		return nil, errAway
	}
	time.Sleep(w.s.slow)
	return w.Work.Claim(ctx, now, lease, n, perUser)
}

type spend struct {
	ports.Spend
	s *store
}

func (p spend) Add(ctx context.Context, day quota.Day, tokens int64) error {
	if p.s.away() {
		return errAway
	}
	if p.s.frozen {
		<-ctx.Done()
		return ctx.Err()
	}
	return p.Spend.Add(ctx, day, tokens)
}

// world is a running worker and what it works on.
type world struct {
	store *store
	queue *queue
	talk  *talk.Talk
	log   *bytes.Buffer
	ended [][2]string // how attempts ended, as they are counted; read it after stop
	stop  func()      // and wait for it
}

func run(t *testing.T, llm ports.LLM, concurrency int, away func() bool) *world {
	t.Helper()
	w := &world{store: &store{Store: memory.New(), away: away}, queue: &queue{wakes: make(chan id.ID, 100)}, log: &bytes.Buffer{}}
	n, err := phone.Parse("+15550001000")
	if err != nil {
		t.Fatal(err)
	}
	if err := (memory.Users{Store: w.store.Store}).Add(t.Context(), user.User{ID: ada, Number: n, Proven: clock{}.Now()}); err != nil {
		t.Fatal(err)
	}
	messages, live := memory.Messages{Store: w.store.Store}, memory.NewLive()
	w.talk = talk.New(memory.Rooms{Store: w.store.Store}, messages, live, w.queue, talk.NewBreaker(memory.Spend{Store: w.store.Store}, 0, nil), clock{}, rand.Reader, subscription.Plans{Basic: subscription.Plan{Terms: chat.Terms{Limit: 100}}})
	answers := talk.NewAnswers(work{memory.Work{Store: w.store.Store}, w.store}, messages, live, llm, w.queue, spend{memory.Spend{Store: w.store.Store}, w.store}, clock{}, func() float64 { return 0 }, talk.Voice{Budget: 1000}, 0)
	var mu sync.Mutex
	count := func(outcome, code string) {
		mu.Lock()
		defer mu.Unlock()
		w.ended = append(w.ended, [2]string{outcome, code})
	}
	it := worker.New("w", answers, w.queue, w.store, w.store, clock{}, slog.New(slog.NewTextHandler(w.log, nil)), count, concurrency)
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- it.Run(ctx) }()
	w.stop = func() {
		cancel()
		if err := <-ended; err != nil {
			t.Errorf("ended: %v", err)
		}
	}
	return w
}

// ask sends a message to a room of its own.
func (w *world) ask(t *testing.T) {
	t.Helper()
	room, err := w.talk.Create(t.Context(), ada, "r")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.talk.Send(t.Context(), talk.Message{User: ada, Room: string(room.ID), Text: "canary"}); err != nil {
		t.Fatal(err)
	}
}

func present() bool { return false }

// A worker that is full leaves the wake-ups to others.
func TestAFullWorkerReadsNoWakeUps(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		echo := fake.NewEcho(fake.EchoOptions{Latency: 5 * time.Second})
		w := run(t, echo, 2, present)
		for range 6 {
			w.ask(t)
		}
		synctest.Wait()
		if used, waiting := w.queue.usedUp(), len(w.queue.wakes); used > 2 || waiting != 5-used || echo.Calls() != 2 { // one is in its hands
			t.Errorf("%d wake-ups used up, %d wait, %d calls", used, waiting, echo.Calls())
		}
		time.Sleep(16 * time.Second)
		if used := w.queue.usedUp(); used != 6 || echo.Calls() != 6 {
			t.Errorf("%d wake-ups used up, %d calls", used, echo.Calls())
		}
		w.stop()
	})
}

// A burst is claimed at once and not one by one, where each claim takes its time.
func TestABurstIsClaimedTogether(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		echo := fake.NewEcho(fake.EchoOptions{Latency: 5 * time.Second})
		w := run(t, echo, 60, present)
		synctest.Wait() // it swept, and found nothing
		w.store.slow = 10 * time.Millisecond
		for range 50 {
			w.ask(t)
		}
		time.Sleep(25 * time.Millisecond)
		synctest.Wait()
		if echo.Calls() != 50 {
			t.Errorf("after two claims %d of 50 are being answered", echo.Calls())
		}
		w.stop()
	})
}

func TestAWorkerSaysThatItLives(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := run(t, fake.NewEcho(fake.EchoOptions{}), 1, present)
		for range 100 {
			time.Sleep(700 * time.Millisecond)
			if n, err := w.store.Live(t.Context(), clock{}.Now()); n != 1 || err != nil {
				t.Fatalf("%d live, %v", n, err)
			}
		}
		w.stop()
		if n, err := w.store.Live(t.Context(), clock{}.Now()); n != 0 || err != nil {
			t.Errorf("%d live after the end, %v", n, err)
		}
	})
}

func TestAWorkerPurgesOnceAMinute(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := run(t, fake.NewEcho(fake.EchoOptions{}), 1, present)
		time.Sleep(5*time.Minute + time.Second/2)
		w.stop()
		if n := len(w.store.purges); n != 6 {
			t.Errorf("%d purges in 5 minutes", n)
		}
	})
}

// A store that is away is told of in the log, and asked again.
func TestAWorkerOutlivesAnOutageOfItsStore(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		back := time.Now().Add(10*time.Second + time.Second/2)
		echo := fake.NewEcho(fake.EchoOptions{})
		w := run(t, echo, 4, func() bool { return time.Now().Before(back) })
		w.ask(t)
		time.Sleep(10 * time.Second)
		if echo.Calls() != 0 {
			t.Fatal("something was claimed")
		}
		time.Sleep(3 * time.Second / 2)
		if echo.Calls() != 1 {
			t.Errorf("%d calls", echo.Calls())
		}
		w.stop()
		for _, doing := range []string{"claiming", "saying that the worker lives", "clearing away"} {
			if !strings.Contains(w.log.String(), doing) {
				t.Errorf("%s failed, and the log does not tell", doing)
			}
		}
		if strings.Contains(w.log.String(), "canary") {
			t.Error("the log tells what was said")
		}
	})
}

// broken is a model with a bug.
type broken struct{}

func (broken) Answer(context.Context, chat.Prompt, func(string) error) (chat.Usage, error) {
	panic("canary")
}

// A bug ends its own attempt alone, and is counted.
func TestAWorkerSurvivesABug(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := run(t, broken{}, 2, present)
		w.ask(t)
		w.ask(t)
		synctest.Wait()
		w.stop()
		if want := [2]string{"lost", "panic"}; len(w.ended) != 2 || w.ended[0] != want || w.ended[1] != want {
			t.Errorf("counted %v", w.ended)
		}
		if log := w.log.String(); !strings.Contains(log, "panic while answering") || strings.Contains(log, "canary") {
			t.Errorf("logged %s", log)
		}
	})
}

// Being told to stop is no error, whatever it comes in the middle of.
func TestAWorkerStopsQuietly(t *testing.T) {
	for i := range 20 {
		synctest.Test(t, func(t *testing.T) {
			w := run(t, fake.NewEcho(fake.EchoOptions{Latency: time.Second}), 1+i%3, present)
			for range i % 5 {
				w.ask(t)
			}
			time.Sleep(time.Duration(i) * time.Second / 4) // now and then as the sweep begins
			w.stop()
			if strings.Contains(w.log.String(), "level=ERROR") {
				t.Errorf("logged: %s", w.log)
			}
		})
	}
}
