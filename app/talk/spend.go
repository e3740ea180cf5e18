package talk

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"sync"

	"github.com/kuvaka-tech/parley/core/chat"
	"github.com/kuvaka-tech/parley/core/quota"
)

// meter adds up what attempts took until it is written.
type meter struct {
	mu     sync.Mutex
	tokens map[quota.Day]int64
}

func newMeter() *meter { return &meter{tokens: map[quota.Day]int64{}} }

func (m *meter) count(day quota.Day, tokens int64) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.tokens[day] += tokens
}

// take empties the meter.
func (m *meter) take() map[quota.Day]int64 {
	m.mu.Lock()
	defer m.mu.Unlock()
	counted := maps.Clone(m.tokens)
	clear(m.tokens)
	return counted
}

// spent counts what an attempt took, however it ended. It is estimated where the model
// has told nothing of an answer: some never do, and none does of one that was cut off.
func (a *Answers) spent(p chat.Prompt, text string, u chat.Usage, cut bool) {
	if u == (chat.Usage{}) && (text != "" || cut) {
		u = p.Estimate(text)
	}
	if tokens := int64(max(0, u.In)) + int64(max(0, u.Out)); tokens > 0 {
		a.meter.count(quota.DayOf(a.clock.Now()), tokens)
	}
}

// Settle writes what was spent since it was last called: every second or so,
// and in the end. What it fails to write it keeps for the next time, so that a
// write whose answer got lost counts twice; what a process had not written when
// it died counts never.
func (a *Answers) Settle(ctx context.Context) error {
	var failed []error
	for day, tokens := range a.meter.take() {
		if err := a.spend.Add(ctx, day, tokens); err != nil {
			a.meter.count(day, tokens)
			failed = append(failed, fmt.Errorf("counting what was spent: %w", err))
		}
	}
	return errors.Join(failed...)
}
