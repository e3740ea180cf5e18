package quota_test

import (
	"testing"

	"github.com/kuvaka-tech/parley/core/quota"
)

func TestTokenBudget(t *testing.T) {
	for _, c := range []struct {
		budget    quota.TokenBudget
		tokens    int64
		exhausted bool
	}{
		{100, 0, false},
		{100, 99, false},
		{100, 100, true},
		{100, 1 << 40, true},
		{1, 0, false},
		{0, 0, false},
		{0, 1 << 40, false}, // no limit
	} {
		if got := c.budget.Exhausted(c.tokens); got != c.exhausted {
			t.Errorf("a budget of %d after %d tokens: Exhausted = %v, want %v", c.budget, c.tokens, got, c.exhausted)
		}
	}
}
