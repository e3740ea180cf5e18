package quota_test

import (
	"testing"

	"github.com/kuvaka-tech/parley/core/quota"
)

func TestBudget(t *testing.T) {
	for _, c := range []struct {
		budget quota.Budget
		tokens int64
		spent  bool
	}{{100, 0, false}, {100, 99, false}, {100, 100, true}, {100, 1 << 40, true}, {1, 0, false}, {0, 0, false}, {0, 1 << 40, false}} {
		if got := c.budget.Spent(c.tokens); got != c.spent {
			t.Errorf("%d tokens of %d are the end: %v", c.tokens, c.budget, got)
		}
	}
}
