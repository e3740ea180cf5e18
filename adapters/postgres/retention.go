package postgres

import (
	"context"
	"time"

	"github.com/kuvaka-tech/parley/core/chat"
	"github.com/kuvaka-tech/parley/core/otp"
	"github.com/kuvaka-tech/parley/core/quota"
	"github.com/kuvaka-tech/parley/core/subscription"
	"github.com/kuvaka-tech/parley/core/user"
)

// purgeAtOnce bounds what goes of each kind, so that a long backlog goes in several calls.
const purgeAtOnce = 10_000

// purge passes over what others hold, who may be about to prolong its life.
var purge = named(`
WITH signups AS (
	DELETE FROM users WHERE ctid = ANY (ARRAY(SELECT ctid FROM users
		WHERE proven IS NULL AND created <= @signups LIMIT @n FOR UPDATE SKIP LOCKED)) RETURNING 1
), challenges AS (
	DELETE FROM codes WHERE ctid = ANY (ARRAY(SELECT ctid FROM codes
		WHERE used OR expires <= @now LIMIT @n FOR UPDATE SKIP LOCKED)) RETURNING 1
), forgotten AS (
	DELETE FROM guesses WHERE ctid = ANY (ARRAY(SELECT ctid FROM guesses
		WHERE (last IS NULL OR last <= @guesses) AND (until IS NULL OR until <= @guesses) LIMIT @n FOR UPDATE SKIP LOCKED)) RETURNING 1
), ended AS (
	DELETE FROM sessions WHERE ctid = ANY (ARRAY(SELECT ctid FROM sessions
		WHERE expires <= @now LIMIT @n FOR UPDATE SKIP LOCKED)) RETURNING 1
), replayed AS (
	DELETE FROM keys WHERE ctid = ANY (ARRAY(SELECT ctid FROM keys
		WHERE at <= @keys LIMIT @n FOR UPDATE SKIP LOCKED)) RETURNING 1
), counts AS (
	DELETE FROM sent WHERE ctid = ANY (ARRAY(SELECT ctid FROM sent
		WHERE day < @counts LIMIT @n FOR UPDATE SKIP LOCKED)) RETURNING 1
), dead AS (
	DELETE FROM workers WHERE ctid = ANY (ARRAY(SELECT ctid FROM workers
		WHERE until <= @now LIMIT @n FOR UPDATE SKIP LOCKED)) RETURNING 1
), spent AS (
	DELETE FROM spend WHERE day < @counts RETURNING 1
), heard AS (
	DELETE FROM events WHERE ctid = ANY (ARRAY(SELECT ctid FROM events
		WHERE at <= @events LIMIT @n FOR UPDATE SKIP LOCKED)) RETURNING 1
)
SELECT (SELECT count(*) FROM signups) + (SELECT count(*) FROM challenges) + (SELECT count(*) FROM forgotten) + (SELECT count(*) FROM ended)
	+ (SELECT count(*) FROM replayed) + (SELECT count(*) FROM counts) + (SELECT count(*) FROM dead) + (SELECT count(*) FROM spent) + (SELECT count(*) FROM heard)`)

func (s Retention) Purge(ctx context.Context, now time.Time) (removed int, err error) {
	err = s.sql.GetContext(ctx, &removed, purge.sql, purge.args(purgeAt(now))...)
	s.seen.forget()
	return removed, failed("purging", err)
}

func purgeAt(now time.Time) map[string]any {
	return map[string]any{
		"now": now, "n": purgeAtOnce, "signups": now.Add(-user.UnprovenLife), "guesses": now.Add(-otp.Forget),
		"keys": now.Add(-chat.KeyLife), "counts": date(quota.DayOf(now) - quota.Kept), "events": now.Add(-subscription.EventLife),
	}
}
