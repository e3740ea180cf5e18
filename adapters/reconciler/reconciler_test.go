package reconciler_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"github.com/kuvaka-tech/parley/adapters/memory"
	"github.com/kuvaka-tech/parley/adapters/reconciler"
	"github.com/kuvaka-tech/parley/adapters/system"
	"github.com/kuvaka-tech/parley/app/subscribe"
	"github.com/kuvaka-tech/parley/core/id"
	"github.com/kuvaka-tech/parley/core/phone"
	"github.com/kuvaka-tech/parley/core/subscription"
	"github.com/kuvaka-tech/parley/core/user"
	"github.com/kuvaka-tech/parley/ports"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// fakePayments returns an active subscription for every customer, and records when it was called.
type fakePayments struct {
	ports.Payments
	fails bool

	mu    sync.Mutex
	began time.Time
	calls []time.Duration // since began
}

func (p *fakePayments) Fetch(context.Context, string) (subscription.Snapshot, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.calls = append(p.calls, time.Since(p.began))
	if p.fails {
		return subscription.Snapshot{}, errors.New("the provider is down")
	}
	now := time.Now()
	return subscription.Snapshot{
		ID:          "sub_1",
		Status:      subscription.Active,
		PeriodStart: now,
		PeriodEnd:   now.AddDate(0, 1, 0),
		FetchedAt:   now,
	}, nil
}

// wantBatches checks that the calls came in batches of 5, with the pause between two batches.
func (p *fakePayments) wantBatches(t *testing.T, pause time.Duration) {
	t.Helper()
	for i, at := range p.calls {
		if want := time.Duration(i/5) * pause; at != want {
			t.Errorf("call %d of Fetch after %s, want %s", i+1, at, want)
		}
	}
}

// runReconciler runs a reconciler for a time, with a store of n users who are due.
// It returns the count of each outcome, and the log.
func runReconciler(t *testing.T, p *fakePayments, n int, d time.Duration) (counts map[string]int, log string) {
	t.Helper()
	p.began = time.Now()
	store := memory.New()
	for i := range n {
		addDueUser(t, store, i)
	}
	s := subscribe.New(subscribe.Config{
		Payments:          p,
		Subscriptions:     memory.Subscriptions{Store: store},
		WebhookLedger:     memory.WebhookLedger{Store: store},
		MessageCounts:     memory.MessageCounts{Store: store},
		CustomerDeletions: memory.CustomerDeletions{Store: store},
		Limiter:           memory.NewLimiter(),
		Clock:             system.Clock{},
	})
	var text strings.Builder
	counts = map[string]int{}
	count := func(outcome string, n int) { counts[outcome] += n }
	ctx, cancel := context.WithTimeout(t.Context(), d)
	defer cancel()
	reconciler.New(s, slog.New(slog.NewTextHandler(&text, nil)), count).Run(ctx)
	return counts, text.String()
}

// addDueUser adds a user whose subscription is due now. i distinguishes the users.
func addDueUser(t *testing.T, store *memory.Store, i int) {
	t.Helper()
	now := time.Now()
	number, err := phone.Parse(fmt.Sprintf("+1555000%04d", i))
	if err != nil {
		t.Fatalf("parsing a number: %v", err)
	}
	u := user.User{ID: id.ID(fmt.Sprintf("01890a5d-ac96-774b-bcce-b3020990%04d", i)), Number: number, Proven: now}
	if _, err := (memory.Users{Store: store}).AddProven(t.Context(), u); err != nil {
		t.Fatalf("adding a user: %v", err)
	}
	r := subscription.Record{User: u.ID, Customer: fmt.Sprint("cus_", i), Due: now}
	if err := (memory.Subscriptions{Store: store}).Save(t.Context(), r, time.Time{}); err != nil {
		t.Fatalf("saving a subscription: %v", err)
	}
}

// While more subscriptions are due, a batch of 5 is reconciled every second. Then the rounds come every 10 seconds.
func TestPauses(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := &fakePayments{}
		counts, log := runReconciler(t, p, 12, 50*time.Minute)
		if want := map[string]int{"repaired": 12}; !maps.Equal(counts, want) {
			t.Errorf("counts = %v, want %v", counts, want)
		}
		if strings.Count(log, "level=WARN") != 3 || strings.Contains(log, "level=ERROR") {
			t.Errorf("want one warning for each of 3 batches and no error:\n%s", log)
		}
		p.wantBatches(t, time.Second)
	})
}

// While the provider is down, every round is followed by the long pause.
func TestPausesDuringOutage(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := &fakePayments{fails: true}
		counts, log := runReconciler(t, p, 12, 4*time.Minute)
		if want := map[string]int{"failed": 12}; !maps.Equal(counts, want) {
			t.Errorf("counts = %v, want %v", counts, want)
		}
		if strings.Count(log, "level=ERROR") != 3 {
			t.Errorf("want one error for each of 3 batches:\n%s", log)
		}
		p.wantBatches(t, 10*time.Second)
	})
}

func TestRunStopsImmediately(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		began := time.Now()
		runReconciler(t, &fakePayments{}, 0, time.Nanosecond)
		if took := time.Since(began); took > time.Nanosecond {
			t.Errorf("Run returned %s after the start, want it to return when its context ends", took)
		}
	})
}
