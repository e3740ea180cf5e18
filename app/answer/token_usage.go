package answer

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"sync"

	"github.com/kuvaka-tech/parley/core/chat"
	"github.com/kuvaka-tech/parley/core/quota"
	"github.com/kuvaka-tech/parley/core/reply"
)

// usageCounter adds up the tokens that this process used, per day.
type usageCounter struct {
	mu     sync.Mutex
	tokens map[quota.Day]int64
}

func newUsageCounter() *usageCounter { return &usageCounter{tokens: map[quota.Day]int64{}} }

func (c *usageCounter) add(day quota.Day, tokens int64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.tokens[day] += tokens
}

// drain returns the sums and resets them to zero.
func (c *usageCounter) drain() map[quota.Day]int64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	sums := maps.Clone(c.tokens)
	clear(c.tokens)
	return sums
}

// countUsage counts the tokens of a call of the model that returned text, u and err. It
// estimates them when the model has reported none: some models never report them, and most do
// not when they fail, block a prompt or are interrupted. A provider may charge the prompt
// nevertheless. Nothing is counted if the failure says that no model was called.
func (s *Service) countUsage(p chat.Prompt, text string, u chat.Usage, err error) {
	var f *reply.Failure
	notCalled := errors.As(err, &f) && f.NotCalled
	if u == (chat.Usage{}) && !notCalled {
		u = p.Estimate(text)
	}
	if tokens := int64(max(0, u.In)) + int64(max(0, u.Out)); tokens > 0 {
		s.usage.add(quota.DayOf(s.config.Clock.Now()), tokens)
	}
}

// FlushUsage adds the tokens that were counted since its last call to the day's total in
// the store. The worker calls it every second and before it stops. When a write fails,
// FlushUsage returns the error and keeps the count for its next call. So a write whose
// response was lost is counted twice. A crash loses the counts of the last second.
func (s *Service) FlushUsage(ctx context.Context) error {
	var failed []error
	for day, tokens := range s.usage.drain() {
		if err := s.config.TokenSpend.Add(ctx, day, tokens); err != nil {
			s.usage.add(day, tokens)
			failed = append(failed, fmt.Errorf("writing the token usage: %w", err))
		}
	}
	return errors.Join(failed...)
}
