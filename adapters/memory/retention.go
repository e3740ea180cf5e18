package memory

import (
	"context"
	"maps"
	"time"

	"github.com/kuvaka-tech/parley/core/chat"
	"github.com/kuvaka-tech/parley/core/id"
	"github.com/kuvaka-tech/parley/core/otp"
	"github.com/kuvaka-tech/parley/core/phone"
	"github.com/kuvaka-tech/parley/core/quota"
	"github.com/kuvaka-tech/parley/core/session"
	"github.com/kuvaka-tech/parley/core/subscription"
	"github.com/kuvaka-tech/parley/core/user"
)

func (s Retention) Purge(ctx context.Context, now time.Time) (int, error) {
	unlock, err := s.lock(ctx)
	if err != nil {
		return 0, err
	}
	defer unlock()
	removed := purge(s.users, func(_ id.ID, u *user.User) bool {
		return !u.IsProven() && now.Sub(u.Created) >= user.UnprovenLife
	})
	purge(s.numbers, func(_ phone.Number, u id.ID) bool { return s.users[u] == nil })
	removed += purge(s.codes, func(_ codeKey, c *otp.Challenge) bool { return !c.Lives(now) })
	removed += purge(s.guesses, func(_ phone.Number, g otp.Guesses) bool { return g.Stale(now) })
	removed += purge(s.sessions, func(_ id.ID, open session.Session) bool { return !open.Alive(now) })
	removed += purge(s.keys, func(_ idempotencyKey, k keyed) bool { return now.Sub(k.at) >= chat.KeyLife })
	removed += purge(s.sent, func(k sentKey, _ int) bool { return k.day < quota.DayOf(now)-quota.Kept })
	removed += purge(s.spend, func(day quota.Day, _ int64) bool { return day < quota.DayOf(now)-quota.Kept })
	removed += purge(s.events, func(_ string, e event) bool { return now.Sub(e.at) >= subscription.EventLife })
	return removed, nil
}

func purge[K comparable, V any](m map[K]V, over func(K, V) bool) int {
	before := len(m)
	maps.DeleteFunc(m, over)
	return before - len(m)
}
