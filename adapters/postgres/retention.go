package postgres

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"github.com/kuvaka-tech/parley/core/chat"
	"github.com/kuvaka-tech/parley/core/id"
	"github.com/kuvaka-tech/parley/core/otp"
	"github.com/kuvaka-tech/parley/core/quota"
	"github.com/kuvaka-tech/parley/core/subscription"
	"github.com/kuvaka-tech/parley/core/user"
	"github.com/kuvaka-tech/parley/ports"
)

// purgeLimit is the maximum number of rows that one call deletes from a table. The next
// calls delete the rest of a larger backlog.
const purgeLimit = 10_000

const (
	// removedMessages and removedRooms limit one call of RemoveDeleted. It takes tens of
	// milliseconds, so that the statements of requests hardly notice it.
	removedMessages = 1000
	removedRooms    = 100
	// removedExchanges limits one call of RemoveOld in the same way.
	removedExchanges = 500
)

// oldestDeleted orders by all columns of the index rooms_recent, so that the plan does not sort.
const oldestDeleted = `SELECT updated FROM rooms WHERE owner IS NULL ORDER BY owner DESC, updated, id LIMIT 1`

var (
	purge         = load[purgeParams]("purge.sql")
	removeDeleted = load[removeParams]("remove_deleted.sql")
	removeOld     = load[removeOldParams]("remove_old.sql")
)

// removeOldParams are the parameters of remove_old.sql.
type removeOldParams struct {
	Until  time.Time `db:"until"`
	Before id.ID     `db:"before"`
	Limit  int       `db:"limit"`
}

// removeParams are the parameters of remove_deleted.sql.
type removeParams struct {
	Rooms int `db:"rooms"`
	Limit int `db:"limit"`
}

// purgeParams are the parameters of purge.sql. It deletes rows up to and including
// the times named Until.
type purgeParams struct {
	Now           time.Time `db:"now"`
	DeadUntil     time.Time `db:"dead_until"`
	MaxAttempts   int       `db:"max_attempts"`
	SignupsUntil  time.Time `db:"signups_until"`
	GuessesUntil  time.Time `db:"guesses_until"`
	KeysUntil     time.Time `db:"keys_until"`
	EventsUntil   time.Time `db:"events_until"`
	RoomsUntil    time.Time `db:"rooms_until"`
	ErasuresUntil time.Time `db:"erasures_until"`
	EndedUntil    time.Time `db:"ended_until"`
	FirstKeptDay  time.Time `db:"first_kept_day"`
	FirstCounted  time.Time `db:"first_counted"`
	FirstPeriod   time.Time `db:"first_period"`
	Today         time.Time `db:"today"`
	Limit         int       `db:"limit"`
}

// Purge implements ports.Retention.
func (s Retention) Purge(ctx context.Context, now time.Time) (deleted int, err error) {
	err = purge.get(allowLong(ctx), s.pool, &deleted, newPurgeParams(now))
	return deleted, wrap("purging expired data", err)
}

func newPurgeParams(now time.Time) purgeParams {
	return purgeParams{
		Now:           now,
		DeadUntil:     now.Add(-otp.DeadCodeTTL),
		MaxAttempts:   otp.MaxAttempts,
		SignupsUntil:  now.Add(-user.SignupTTL),
		GuessesUntil:  now.Add(-otp.GuessesTTL),
		KeysUntil:     now.Add(-chat.IdempotencyKeyTTL),
		EventsUntil:   now.Add(-subscription.EventTTL),
		RoomsUntil:    now.Add(-chat.FeedTTL),
		ErasuresUntil: now.Add(-user.ErasureTTL),
		EndedUntil:    now.Add(-ports.EndedWindow),
		FirstKeptDay:  dateOf(quota.DayOf(now) - quota.RetentionDays),
		FirstCounted:  dateOf(quota.DayOf(now) - otp.CountDays),
		FirstPeriod:   dateOf(quota.DayOf(now) - otp.CountDays),
		Today:         dateOf(quota.DayOf(now)),
		Limit:         purgeLimit,
	}
}

// RemoveDeleted implements ports.Retention.
func (s Retention) RemoveDeleted(ctx context.Context) (more bool, err error) {
	var examined int
	err = removeDeleted.get(ctx, s.messagePool, &examined, removeParams{Rooms: removedRooms, Limit: removedMessages})
	return examined > 0, wrap("removing deleted rooms", err)
}

// RemoveOld implements ports.Retention. The ids of messages are sorted by time.
func (s Retention) RemoveOld(ctx context.Context, until time.Time) (more bool, err error) {
	var removed int
	err = removeOld.get(ctx, s.messagePool, &removed, removeOldParams{
		Until:  until,
		Before: id.First(until.Add(time.Millisecond)),
		Limit:  removedExchanges,
	})
	return removed == removedExchanges, wrap("removing old messages", err)
}

// OldestDeleted implements ports.Retention.
func (s Retention) OldestDeleted(ctx context.Context, now time.Time) (time.Duration, error) {
	var deleted time.Time
	err := s.roomPool.GetContext(ctx, &deleted, oldestDeleted)
	if errors.Is(err, sql.ErrNoRows) {
		return 0, nil
	}
	return max(0, now.Sub(deleted)), wrap("finding the oldest deleted room", err)
}
