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
func (m *TokenBudgetMonitor) isExhausted(ctx context.Context, now time.Time) bool {
	if m.budget == 0 {
		return false
	}
	day := quota.DayOf(now)
	if m.refreshDue(day, now) {
		total, err := m.spend.Total(ctx, day)
		if err == nil { // an unavailable store cannot accept messages either
			m.update(day, total)
		}
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.exhausted
}

// refreshDue reports whether the caller must read the used tokens of the day. It resets the
// cached result when a new day has started.
func (m *TokenBudgetMonitor) refreshDue(day quota.Day, now time.Time) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	if day == m.day && now.Sub(m.refreshed) < budgetRefresh {
		return false
	}
	if day != m.day {
		m.setExhausted(false, 0)
	}
	m.refreshed = now
	m.day = day
	return true
}

// update caches the result for the total of a day, unless a new day has started since.
func (m *TokenBudgetMonitor) update(day quota.Day, total int64) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if day == m.day {
		m.setExhausted(m.budget.Exhausted(total), total)
	}
}

// setExhausted sets the cached result and calls onChange if it changes. The caller holds
// the lock.
func (m *TokenBudgetMonitor) setExhausted(exhausted bool, total int64) {
	if exhausted != m.exhausted {
		m.exhausted = exhausted
		m.onChange(exhausted, total)
	}
}
