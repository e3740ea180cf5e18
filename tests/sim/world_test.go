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
)

// world is one simulated day: what outlives processes, the processes, and what is known to be true.
type world struct {
	t    *testing.T
	seed uint64

	store   *memory.Store
	live    *memory.Live
	limiter *memory.Limiter
	company *pretend.Company
	outbox  *fake.Outbox
	random  io.Reader
	config  configs.Config

	mu         sync.Mutex
	rng        *rand.Rand // for faults; guarded by mu
	calm       bool       // no more faults
	processes  []*process
	violations []string
	trace      []string
	truth      truth
	tally      tally
}

const (
	traced     = 300 // port calls that a report shows
	stops      = 6   // deaths a day at most
	dayStarts  = 23*time.Hour + 30*time.Minute
	settleTime = 20 * time.Minute
)

func newWorld(t *testing.T, seed uint64) *world {
	w := &world{t: t, seed: seed, store: memory.New(), live: memory.NewLive(), limiter: memory.NewLimiter(), outbox: &fake.Outbox{},
		rng: rand.New(rand.NewPCG(seed, 1)), random: &locked{r: rand.NewChaCha8([32]byte{byte(seed), byte(seed >> 8), byte(seed >> 16), byte(seed >> 24)})}, truth: newTruth()}
	env := map[string]string{"SECRET_KEY": "the same key through every process of the day", "TRUSTED_PROXIES": "192.0.2.0/24", "WORKER_CONCURRENCY": "6", "USER_CONCURRENCY": "2"}
	var err error
	if w.config, err = configs.Load(func(name string) string { return env[name] }); err != nil {
		t.Fatal(err)
	}
	w.company, err = pretend.New(pretend.Config{Clock: system.Clock{}, Random: w.random, BaseURL: func() string { return "http://pretend.test" },
		Deliver: w.deliver, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	return w
}

// run lets users act over a midnight while things break, then lets the dust settle and looks.
func (w *world) run() {
	time.Sleep(dayStarts)
	if err := w.company.Start(context.Background()); err != nil {
		w.t.Fatal(err)
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
	w.calm = true
	w.mu.Unlock()
	time.Sleep(settleTime)
	w.check()
	w.stop()
}

func (w *world) stop() {
	for _, p := range w.alive() {
		p.stop()
	}
	if err := w.company.Stop(context.Background()); err != nil {
		w.violate("the payments company does not stop: %v", err)
	}
	synctest.Wait()
}

// violate records a broken invariant.
func (w *world) violate(format string, args ...any) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.violations = append(w.violations, fmt.Sprintf(format, args...))
}

// chance draws from the day's faults.
func (w *world) chance(perMille float64) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return !w.calm && w.rng.Float64()*1000 < perMille
}

// upTo draws a duration.
func (w *world) upTo(d time.Duration) time.Duration {
	w.mu.Lock()
	defer w.mu.Unlock()
	return time.Duration(w.rng.Int64N(int64(d)))
}

// note writes the trace.
func (w *world) note(p *process, call, fate string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.trace = append(w.trace, fmt.Sprintf("  %s p%d %s%s", time.Now().UTC().Format("15:04:05.000000"), p.n, call, fate))
	if len(w.trace) > 2*traced {
		w.trace = append([]string(nil), w.trace[traced:]...)
	}
	if fate != "" {
		w.tally.faults++
	}
}

// deliver posts the payments company's webhooks to whichever process lives.
func (w *world) deliver(ctx context.Context, payload []byte, signature string) error {
	a, ok := w.request(nil, http.MethodPost, "/subscribe/webhook", payload, "Stripe-Signature", signature)
	if !ok || a.Status != http.StatusOK {
		return fmt.Errorf("the webhook was answered with %d", a.Status)
	}
	return nil
}

// locked is randomness that goroutines share.
type locked struct {
	mu sync.Mutex
	r  io.Reader
}

func (l *locked) Read(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.r.Read(p)
}
