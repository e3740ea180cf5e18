package postgres

import (
	"context"
	"time"

	"github.com/kuvaka-tech/parley/core/chat"
)

// claimReplies picks the heads of rooms as chat.Next does. The lock is the room's;
// a room that another statement holds is passed over until the next claim. What
// was seen of a reply may be over once the lock is there, so the update looks
// again, and the index messages_one_running has the last word.
var claimReplies = named(`
WITH head AS (
	SELECT m.id, r.owner, r.rev + 1 AS next
	FROM messages m JOIN rooms r ON r.id = m.room
	WHERE m.status IN ('queued', 'running')
		AND (m.status = 'queued' AND m.due <= @now OR m.status = 'running' AND m.lease <= @now)
		AND NOT EXISTS (
			SELECT FROM messages o
			WHERE o.room = m.room AND o.id <> m.id AND o.status IN ('queued', 'running')
				AND (o.status = 'running' OR m.status = 'queued' AND o.born < m.born))
	ORDER BY m.rank, m.id LIMIT @n FOR NO KEY UPDATE OF r SKIP LOCKED
), claimed AS (
	UPDATE messages m SET status = 'running', lease = @lease, fence = m.fence + 1, rev = head.next,
		crashes = m.crashes + (m.status = 'running')::integer, first_claim = coalesce(m.first_claim, @now)
	FROM head
	WHERE m.id = head.id AND (m.status = 'queued' AND m.due <= @now OR m.status = 'running' AND m.lease <= @now)
	RETURNING m.id, m.room, m.in_reply_to, m.fence, m.rev, m.errors, m.crashes, m.first_claim, m.rank, head.owner
), moved AS (
	UPDATE rooms SET rev = claimed.rev FROM claimed WHERE rooms.id = claimed.room
)
SELECT c.id AS reply, c.room, c.owner AS "user", c.fence, c.rev, c.errors, c.crashes, c.first_claim AS firstclaim,
	p.id AS "prompt.id", p.room AS "prompt.room", true AS "prompt.fromuser", p.content AS "prompt.content",
	p.status AS "prompt.status", p.created AS "prompt.created", p.born AS "prompt.born", p.rev AS "prompt.rev"
FROM claimed c JOIN messages p ON p.id = c.in_reply_to ORDER BY c.rank, c.id`)

func (s Work) Claim(ctx context.Context, now time.Time, lease time.Duration, n int) (tasks []chat.Task, err error) {
	err = s.sql.SelectContext(ctx, &tasks, claimReplies.sql, claimReplies.args(map[string]any{"now": now, "lease": now.Add(lease), "n": n})...)
	return tasks, failed("claiming replies", err)
}
