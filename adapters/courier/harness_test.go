package courier_test

import (
	"context"
	"crypto/rand"
	"log/slog"
	"sync"
	"testing"
	"time"

	"github.com/kuvaka-tech/parley/adapters/courier"
	"github.com/kuvaka-tech/parley/adapters/internal/smstest"
	"github.com/kuvaka-tech/parley/ports"
	"github.com/kuvaka-tech/parley/tests/logtest"
)

// clock returns the real time, or that of the synctest bubble.
type clock struct{}

func (clock) Now() time.Time { return time.Now().UTC().Truncate(time.Microsecond) }

// outcomes maps "sender outcome" to the number of calls of Config.Observe.
type outcomes map[string]int

// harness is a courier under test, with its log and its observed outcomes. Retries have no jitter.
type harness struct {
	*courier.Courier
	config   courier.Config
	log      logtest.Buffer
	mu       sync.Mutex
	outcomes outcomes
}

// newHarness starts a courier whose senders are named first, second and third.
func newHarness(t *testing.T, senders ...ports.SMS) *harness {
	t.Helper()
	h := &harness{outcomes: outcomes{}}
	h.config = courier.Config{
		Jitter:  func() float64 { return 0.5 },
		Random:  rand.Reader,
		Clock:   clock{},
		Log:     slog.New(slog.NewTextHandler(&h.log, &slog.HandlerOptions{Level: slog.LevelDebug})),
		Observe: h.observe,
	}
	for i, s := range senders {
		name := []string{"first", "second", "third"}[i]
		h.config.Senders = append(h.config.Senders, courier.Sender{Name: name, SMS: s})
	}
	h.start(t)
	return h
}

// start replaces the courier with a new one that uses h.config.
func (h *harness) start(t *testing.T) {
	t.Helper()
	c, err := courier.New(h.config)
	if err != nil {
		t.Fatalf("starting a courier: %v", err)
	}
	h.Courier = c
}

func (h *harness) observe(sender, outcome string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.outcomes[sender+" "+outcome]++
}

// send queues a text to smstest.To.
func (h *harness) send(t *testing.T, text string) {
	t.Helper()
	if err := h.Send(t.Context(), smstest.Number(t), text); err != nil {
		t.Fatalf("sending %q: %v", text, err)
	}
}

// stop stops the courier and waits for all deliveries.
func (h *harness) stop(t *testing.T) {
	t.Helper()
	if err := h.Stop(context.Background()); err != nil {
		t.Errorf("stopping: %v", err)
	}
}

// kill stops the courier and drops all deliveries.
func (h *harness) kill() {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	_ = h.Stop(ctx)
}
