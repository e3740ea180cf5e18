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

// company says that everybody has paid, and notes when it was asked.
type company struct {
	ports.Payments
	mu    sync.Mutex
	fails bool
	asked []time.Duration // since began
	began time.Time
}

func (c *company) Fetch(context.Context, string) (subscription.Snapshot, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.asked = append(c.asked, time.Since(c.began))
	if c.fails {
		return subscription.Snapshot{}, errors.New("away")
	}
	now := time.Now()
	return subscription.Snapshot{ID: "sub_1", Status: subscription.Active, PeriodStart: now, PeriodEnd: now.AddDate(0, 1, 0), At: now}, nil
}

// run reconciles n users whose time has come for so long, and returns what was counted and logged.
func (c *company) run(t *testing.T, n int, long time.Duration) (counted map[string]int, log string) {
	t.Helper()
	store := memory.New()
	c.began = time.Now()
	for i := range n {
		number, err := phone.Parse(fmt.Sprintf("+1555000%04d", i))
		who := id.ID(fmt.Sprintf("01890a5d-ac96-774b-bcce-b3020990%04d", i))
		err = errors.Join(err, memory.Users{Store: store}.Add(t.Context(), user.User{ID: who, Number: number, Proven: c.began}),
			memory.Subscriptions{Store: store}.Save(t.Context(), subscription.Record{User: who, Customer: fmt.Sprint("cus_", i), Due: c.began}, time.Time{}))
		if err != nil {
			t.Fatal(err)
		}
	}
	s := subscribe.New(c, nil, memory.Subscriptions{Store: store}, memory.Ledger{Store: store}, memory.Usage{Store: store}, memory.NewLimiter(), system.Clock{}, subscription.Plans{}, nil)
	var text strings.Builder
	counted = map[string]int{}
	r := reconciler.New(s, slog.New(slog.NewTextHandler(&text, nil)), func(outcome string, n int) { counted[outcome] += n })
	ctx, cancel := context.WithTimeout(t.Context(), long)
	defer cancel()
	r.Run(ctx)
	return counted, text.String()
}

// While there is more to do a second brings 5; then it rests.
func TestThePace(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := &company{}
		counted, log := c.run(t, 12, 50*time.Minute)
		if !maps.Equal(counted, map[string]int{"repaired": 12}) || strings.Count(log, "level=WARN") != 3 || strings.Contains(log, "level=ERROR") {
			t.Errorf("counted %v, logged %s", counted, log)
		}
		for i, at := range c.asked {
			if want := time.Duration(i/5) * time.Second; at != want {
				t.Errorf("the company was asked the %dth time after %s, not %s", i+1, at, want)
			}
		}
	})
}

// A company that is away is not run after.
func TestThePaceOfFailures(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := &company{fails: true}
		counted, log := c.run(t, 12, 4*time.Minute)
		if !maps.Equal(counted, map[string]int{"failed": 12}) || strings.Count(log, "level=ERROR") != 3 {
			t.Errorf("counted %v, logged %s", counted, log)
		}
		for i, at := range c.asked {
			if want := time.Duration(i/5) * 10 * time.Second; at != want {
				t.Errorf("the company was asked the %dth time after %s, not %s", i+1, at, want)
			}
		}
	})
}

func TestStopping(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		began := time.Now()
		(&company{}).run(t, 0, time.Nanosecond)
		if took := time.Since(began); took > time.Nanosecond {
			t.Errorf("it took %s to stop", took)
		}
	})
}
