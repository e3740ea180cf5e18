package talk

import (
	"context"
	"sync"
	"time"

	"github.com/kuvaka-tech/parley/core/quota"
	"github.com/kuvaka-tech/parley/ports"
)

// lookEvery bounds how often a process asks what all of them have spent.
const lookEvery = time.Second

// Breaker keeps new messages out once the day's budget is spent.
type Breaker struct {
	spend  ports.Spend
	budget quota.Budget
	tell   func(isOpen bool, tokens int64)

	mu     sync.Mutex
	looked time.Time
	day    quota.Day
	isOpen bool
}

// NewBreaker returns a Breaker of a budget. tell hears of it once when the
// breaker opens, so that messages are refused, and once when it is seen to have closed.
func NewBreaker(spend ports.Spend, budget quota.Budget, tell func(isOpen bool, tokens int64)) *Breaker {
	return &Breaker{spend: spend, budget: budget, tell: tell}
}

// open says whether messages are refused. It looks once a second at most; who
// comes meanwhile, or when it cannot be told, goes by what was seen last.
func (b *Breaker) open(ctx context.Context, now time.Time) bool {
	if b.budget == 0 {
		return false
	}
	day := quota.DayOf(now)
	if b.due(day, now) {
		if tokens, err := b.spend.Spent(ctx, day); err == nil { // who cannot read this accepts nothing, either
			b.set(day, tokens)
		}
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.isOpen
}

// due says whether it is the caller's turn to look. A new day begins with nothing spent.
func (b *Breaker) due(day quota.Day, now time.Time) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if day == b.day && now.Sub(b.looked) < lookEvery {
		return false
	}
	if day != b.day {
		b.turn(false, 0)
	}
	b.looked, b.day = now, day
	return true
}

// set takes in what was spent, unless the day is over since.
func (b *Breaker) set(day quota.Day, tokens int64) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if day == b.day {
		b.turn(b.budget.Spent(tokens), tokens)
	}
}

func (b *Breaker) turn(isOpen bool, tokens int64) {
	if isOpen != b.isOpen {
		b.isOpen = isOpen
		b.tell(isOpen, tokens)
	}
}
