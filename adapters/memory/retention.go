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
	"github.com/kuvaka-tech/parley/ports"
)

// Purge implements ports.Retention.
func (s Retention) Purge(ctx context.Context, now time.Time) (int, error) {
	unlock, err := s.lock(ctx)
	if err != nil {
		return 0, err
	}
	defer unlock()
	removed := purge(s.signups, func(_ phone.Number, signup user.Signup) bool {
		return now.Sub(signup.Created) >= user.SignupTTL
	})
	removed += purge(s.codes, func(_ otp.Slot, c *otp.Challenge) bool { return c.Disposable(now) })
	removed += purge(s.guesses, func(_ phone.Number, g otp.Guesses) bool { return g.Expired(now) })
	removed += purge(s.sessions, func(_ id.ID, open session.Session) bool { return !open.Alive(now) })
	removed += purge(s.devices, func(_ session.DeviceID, d device) bool {
		return s.users[d.user] == nil || !now.Before(d.expires)
	})
	removed += purge(s.idempotency, func(_ idempotencyKey, a acceptedAsk) bool {
		return now.Sub(a.accepted) >= chat.IdempotencyKeyTTL
	})
	oldest := quota.DayOf(now) - quota.RetentionDays
	removed += purge(s.messageCounts, func(k countKey, _ quota.Count) bool { return k.day < oldest })
	removed += purge(s.keptCounts, func(k keptKey, _ quota.Count) bool { return k.day < quota.DayOf(now) })
	removed += purge(s.tokenSpend, func(day quota.Day, _ int64) bool { return day < oldest })
	firstCounted := quota.DayOf(now) - otp.CountDays
	removed += purge(s.codesTaken, func(k countryDay, _ int) bool { return k.day < firstCounted })
	removed += purge(s.codeCounts, func(k otp.CountKey, _ otp.CodeCount) bool {
		return quota.DayOf(k.Period) < firstCounted
	})
	removed += purge(s.webhookEvents, func(_ string, e webhookEvent) bool {
		return now.Sub(e.updated) >= subscription.EventTTL
	})
	removed += purge(s.erasures, func(_ id.ID, at time.Time) bool { return now.Sub(at) >= user.ErasureTTL })
	purge(s.endedSessions, func(_ id.ID, at time.Time) bool { return now.Sub(at) >= ports.EndedWindow })
	for _, o := range s.owners {
		removed += purge(o.deleted, func(_ id.ID, d deletedRoom) bool { return now.Sub(d.at) >= chat.FeedTTL })
	}
	return removed, nil
}

// RemoveDeleted implements ports.Retention. Deleted rooms leave nothing to remove.
func (s Retention) RemoveDeleted(ctx context.Context) (more bool, err error) { return false, ctx.Err() }

// OldestDeleted implements ports.Retention.
func (s Retention) OldestDeleted(ctx context.Context, _ time.Time) (time.Duration, error) {
	return 0, ctx.Err()
}

// purge deletes the expired entries of m and returns their number.
func purge[K comparable, V any](m map[K]V, expired func(K, V) bool) int {
	before := len(m)
	maps.DeleteFunc(m, expired)
	return before - len(m)
}
