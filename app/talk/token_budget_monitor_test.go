package talk_test

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/kuvaka-tech/parley/adapters/memory"
	"github.com/kuvaka-tech/parley/app/talk"
	"github.com/kuvaka-tech/parley/core/quota"
)

// flakySpend is a ports.TokenSpend that can be unavailable.
type flakySpend struct {
	memory.TokenSpend
	unavailable bool
	reads       int // calls of Total
}

func (s *flakySpend) Total(ctx context.Context, day quota.Day) (int64, error) {
	s.reads++
	if s.unavailable {
		return 0, errInjected
	}
	return s.TokenSpend.Total(ctx, day)
}

// budgetHarness is a harness with a budget of 100 tokens a day and one room.
type budgetHarness struct {
	*harness
	room    string
	spend   *flakySpend
	changes []string // the calls of onChange
}

func newBudgetHarness(t *testing.T) *budgetHarness {
	h := &budgetHarness{harness: &harness{store: memory.New()}}
	h.spend = &flakySpend{TokenSpend: memory.TokenSpend{Store: h.store}}
	config := h.config(t, rand.Reader)
	config.Budget = talk.NewTokenBudgetMonitor(h.spend, 100, func(exhausted bool, tokens int64) {
		h.changes = append(h.changes, fmt.Sprint(exhausted, " ", tokens))
	})
	h.Service = talk.New(config)
	h.room, _ = h.ask(t)
	return h
}

// refuses sends a message and reports whether it was refused.
func (h *budgetHarness) refuses(t *testing.T) bool {
	t.Helper()
	_, err := h.send(t.Context(), h.room)
	if err != nil && !errors.Is(err, quota.ErrOverloaded) {
		t.Fatalf("sending a message: %v", err)
	}
	return err != nil
}

func (h *budgetHarness) spendTokens(t *testing.T, tokens int64) {
	t.Helper()
	if err := h.spend.Add(t.Context(), quota.DayOf(time.Now()), tokens); err != nil {
		t.Fatalf("adding %d tokens: %v", tokens, err)
	}
}

func (h *budgetHarness) checkChanges(t *testing.T, want string) {
	t.Helper()
	if got := fmt.Sprint(h.changes); got != want {
		t.Errorf("onChange was called with %s, want %s", got, want)
	}
}

func TestTokenBudgetReadsTotalOncePerSecond(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newBudgetHarness(t)
		for i := range 100 {
			if h.refuses(t) {
				t.Fatalf("message %d was refused, want all accepted", i)
			}
			time.Sleep(50 * time.Millisecond)
		}
		if h.spend.reads != 5 {
			t.Errorf("the total was read %d times in 5 seconds, want 5", h.spend.reads)
		}
		h.spendTokens(t, 100)
		time.Sleep(time.Second)
		for range 2 {
			if !h.refuses(t) {
				t.Error("a message was accepted after the budget was spent")
			}
		}
		h.checkChanges(t, "[true 100]")
	})
}

// While the store is unavailable, the last known total applies. A new day starts with nothing spent.
func TestTokenBudgetWhileStoreIsUnavailable(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newBudgetHarness(t)
		h.spend.unavailable = true
		time.Sleep(time.Second)
		if h.refuses(t) {
			t.Error("a message was refused although no spent tokens are known")
		}
		h.spend.unavailable = false
		h.spendTokens(t, 500)
		time.Sleep(time.Second)
		h.refuses(t)
		h.spend.unavailable = true
		time.Sleep(time.Hour)
		if !h.refuses(t) {
			t.Error("a message was accepted although the last known total exhausts the budget")
		}
		time.Sleep(24 * time.Hour)
		if h.refuses(t) {
			t.Error("a message was refused on a new day")
		}
		h.checkChanges(t, "[true 500 false 0]")
	})
}
