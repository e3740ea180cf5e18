package sim

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/kuvaka-tech/parley/adapters/fake"
	"github.com/kuvaka-tech/parley/adapters/memory"
	"github.com/kuvaka-tech/parley/adapters/pretend"
	"github.com/kuvaka-tech/parley/adapters/system"
	"github.com/kuvaka-tech/parley/configs"
	"github.com/kuvaka-tech/parley/tests/harness"
)

// world is one simulated day: the stores, the processes that use them, and the recorded truth.
type world struct {
	t    *testing.T
	seed uint64

	store    *memory.Store
	live     *liveLog
	signals  *memory.CancelSignals
	limiter  *memory.Limiter
	payments *pretend.Payments
	outbox   *fake.Outbox
	random   io.Reader
	config   configs.Config

	mu         sync.Mutex
	rng        *rand.Rand // of the faults; guarded by mu
	faultless  bool       // no more faults are injected
	settled    time.Time  // when all work must be done; zero before the faults have ended
	processes  []*process
	violations []string
	trace      []string
	answers    int // of the model
	truth      truth
	tally      tally

	watchers sync.WaitGroup
	evening  context.Context // done when all users have finished
	night    context.Context // done settleTime later, when all work is done
	endDay   context.CancelFunc
	endNight context.CancelFunc
}

const (
	maxReported = 20 // violations in a report
	maxCrashes  = 6  // crashes a day
	dayStarts   = 23*time.Hour + 30*time.Minute
	settleTime  = 20 * time.Minute
)

func newWorld(t *testing.T, seed uint64) *world {
	random := rand.NewChaCha8([32]byte{byte(seed), byte(seed >> 8), byte(seed >> 16), byte(seed >> 24)})
	w := &world{
		t:       t,
		seed:    seed,
		store:   memory.New(),
		live:    newLiveLog(),
		signals: memory.NewCancelSignals(),
		limiter: memory.NewLimiter(),
		outbox:  &fake.Outbox{},
		rng:     rand.New(rand.NewPCG(seed, 1)),
		random:  &sharedRandom{source: random},
		truth:   newTruth(),
		tally:   newTally(),
	}
	w.evening, w.endDay = context.WithCancel(context.Background())
	w.night, w.endNight = context.WithCancel(context.Background())
	w.config = harness.Config(t,
		"SECRET_KEY", "the key that all processes of the day share",
		"TRUSTED_PROXIES", "192.0.2.0/24",
		"HISTORY_TOKENS", "1000", // of which SYSTEM_PROMPT leaves 266, so that summaries are made
		"SYSTEM_PROMPT", strings.Repeat("x", 2200),
		"WORKER_CONCURRENCY", "6",
		"USER_CONCURRENCY", "2",
		"DAILY_REFUNDS", "2")
	var err error
	w.payments, err = pretend.New(pretend.Config{
		Clock:   system.Clock{},
		Random:  w.random,
		BaseURL: func() string { return "http://pretend.test" },
		Deliver: w.deliver,
		Log:     slog.New(slog.DiscardHandler),
	})
	if err != nil {
		t.Fatalf("create the pretend payments provider: %v", err)
	}
	return w
}

// run lets users act across a midnight while faults are injected. Then it waits without
// faults until all work is done, and checks the invariants.
func (w *world) run() {
	time.Sleep(dayStarts)
	if err := w.payments.Start(context.Background()); err != nil {
		w.t.Fatalf("start the pretend payments provider: %v", err)
	}
	for range 1 + w.seed%2 {
		w.boot()
	}
	var users sync.WaitGroup
	for i := range 3 + w.seed%3 {
		users.Go(newPerson(w, i).live)
	}
	go w.interruptLive()
	users.Wait()
	w.endFaults()
	w.endDay()
	time.Sleep(settleTime)
	w.endNight()
	w.watchers.Wait()
	w.check()
	w.stop()
}

func (w *world) endFaults() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.faultless = true
	w.settled = time.Now().Add(settleTime)
}

func (w *world) stop() {
	for _, p := range w.running() {
		p.stop()
	}
	if err := w.payments.Stop(context.Background()); err != nil {
		w.violate("the payments provider does not stop: %v", err)
	}
	synctest.Wait()
}

// chance returns true with a probability in thousandths, unless faults have ended.
func (w *world) chance(perMille float64) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return !w.faultless && w.rng.Float64()*1000 < perMille
}

// upTo returns a random duration below d.
func (w *world) upTo(d time.Duration) time.Duration {
	w.mu.Lock()
	defer w.mu.Unlock()
	return time.Duration(w.rng.Int64N(int64(d)))
}

// deliver posts a webhook of the payments provider to a running process.
func (w *world) deliver(_ context.Context, payload []byte, signature string) error {
	a, ok := w.request(nil, http.MethodPost, "/subscribe/webhook", payload, "Stripe-Signature", signature)
	if !ok || a.Status != http.StatusOK {
		return fmt.Errorf("the webhook got status %d", a.Status)
	}
	return nil
}

// sharedRandom is a source of random bytes that goroutines can share.
type sharedRandom struct {
	mu     sync.Mutex
	source *rand.ChaCha8
}

func (s *sharedRandom) Read(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.source.Read(p)
}
