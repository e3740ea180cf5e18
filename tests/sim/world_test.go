package sim

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"net/http"
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
	live     *memory.Live
	limiter  *memory.Limiter
	payments *pretend.Payments
	outbox   *fake.Outbox
	random   io.Reader
	config   configs.Config

	mu         sync.Mutex
	rng        *rand.Rand // of the faults; guarded by mu
	faultless  bool       // no more faults are injected
	processes  []*process
	violations []string
	trace      []string
	truth      truth
	tally      tally
}

const (
	traced     = 300 // port calls in a report
	maxCrashes = 6   // crashes a day
	dayStarts  = 23*time.Hour + 30*time.Minute
	settleTime = 20 * time.Minute
)

func newWorld(t *testing.T, seed uint64) *world {
	random := rand.NewChaCha8([32]byte{byte(seed), byte(seed >> 8), byte(seed >> 16), byte(seed >> 24)})
	w := &world{
		t:       t,
		seed:    seed,
		store:   memory.New(),
		live:    memory.NewLive(),
		limiter: memory.NewLimiter(),
		outbox:  &fake.Outbox{},
		rng:     rand.New(rand.NewPCG(seed, 1)),
		random:  &sharedRandom{source: random},
		truth:   newTruth(),
	}
	w.config = harness.Config(t,
		"SECRET_KEY", "the key that all processes of the day share",
		"TRUSTED_PROXIES", "192.0.2.0/24",
		"WORKER_CONCURRENCY", "6",
		"USER_CONCURRENCY", "2")
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
	users.Wait()
	w.mu.Lock()
	w.faultless = true
	w.mu.Unlock()
	time.Sleep(settleTime)
	w.check()
	w.stop()
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

// violate records a broken invariant.
func (w *world) violate(format string, args ...any) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.violations = append(w.violations, fmt.Sprintf(format, args...))
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

// record appends a port call and its fault, "" for none, to the trace.
func (w *world) record(p *process, call, fault string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	at := time.Now().UTC().Format("15:04:05.000000")
	w.trace = append(w.trace, fmt.Sprintf("  %s p%d %s%s", at, p.n, call, fault))
	if len(w.trace) > 2*traced {
		w.trace = append([]string(nil), w.trace[traced:]...)
	}
	if fault != "" {
		w.tally.faults++
	}
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
