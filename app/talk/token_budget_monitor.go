package talk

import (
	"context"
	"sync"
	"time"

	"github.com/kuvaka-tech/parley/core/quota"
	"github.com/kuvaka-tech/parley/ports"
)

// budgetRefresh is how long a TokenBudgetMonitor uses its cached result.
const budgetRefresh = time.Second

// TokenBudgetMonitor checks whether the token budget of the UTC day is exhausted. All
// processes share the budget.
type TokenBudgetMonitor struct {
	spend    ports.TokenSpend
	budget   quota.TokenBudget
	onChange func(exhausted bool, tokens int64)

	mu        sync.Mutex
	refreshed time.Time // when the total was last requested
	day       quota.Day // the day of the cached result
	exhausted bool      // the cached result
}

// NewTokenBudgetMonitor returns a TokenBudgetMonitor. A budget of 0 means no limit.
// onChange is called with the used tokens when the budget becomes exhausted, and with 0
// tokens when a new day makes it available again.
func NewTokenBudgetMonitor(
	spend ports.TokenSpend, budget quota.TokenBudget, onChange func(exhausted bool, tokens int64),
) *TokenBudgetMonitor {
	return &TokenBudgetMonitor{spend: spend, budget: budget, onChange: onChange}
}

// isExhausted reports whether the budget of the day of now is exhausted. It reads the used
// tokens at most once a second. In between, and on an error, it uses the cached result.
func (b *TokenBudgetMonitor) isExhausted(ctx context.Context, now time.Time) bool {
	if b.budget == 0 {
		return false
	}
	day := quota.DayOf(now)
	if b.refreshDue(day, now) {
		total, err := b.spend.Total(ctx, day)
		if err == nil { // an unavailable store cannot accept messages either
			b.update(day, total)
		}
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.exhausted
}

// refreshDue reports whether the caller must read the used tokens of the day. It resets the
// cached result when a new day has started.
func (b *TokenBudgetMonitor) refreshDue(day quota.Day, now time.Time) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if day == b.day && now.Sub(b.refreshed) < budgetRefresh {
		return false
	}
	if day != b.day {
		b.setExhausted(false, 0)
	}
	b.refreshed = now
	b.day = day
	return true
}

// update caches the result for the total of a day, unless a new day has started since.
func (b *TokenBudgetMonitor) update(day quota.Day, total int64) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if day == b.day {
		b.setExhausted(b.budget.Exhausted(total), total)
	}
}

// setExhausted sets the cached result and calls onChange if it changes. The caller holds
// the lock.
func (b *TokenBudgetMonitor) setExhausted(exhausted bool, total int64) {
	if exhausted != b.exhausted {
		b.exhausted = exhausted
		b.onChange(exhausted, total)
	}
}
