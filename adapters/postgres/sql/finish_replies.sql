-- Writes the outcomes of attempts whose claims still hold, and makes the next reply of each room
-- its head.
--
-- An earlier statement of the same transaction has locked the turns of the users in the setting
-- parley.locked_turns. So this statement sees all messages of these users that were accepted
-- before. It ignores the replies of other users.
--
-- Parameters, one element for each attempt:
--   @replies, @fences           the claim
--   @times                      the current time
--   @statuses, @contents, @errors
--                               the new state of the reply
--   @retries                    the new due time; NULL keeps the old one
--   @not_called                 whether no model was called: a retry then does not count as an error
--   @refund_limits              the user gets the quota unit back if fewer units of its day were refunded
--   @tokens_in, @tokens_out     tokens that the model used
--
-- Returns a row for each outcome that it has written:
--   nth   the position of the attempt, from 1
--   rev   the revision of the room
--   refunded
--         whether the user got the unit back
--   next  a reply for which a worker should be woken, or ''
-- It writes no outcome if the claim does not hold any more, if the reply is deleted, if the user
-- has cancelled it and the status is not 'cancelled', and if another transaction has locked the
-- room.
--
-- Lock order: turn, then room, which it does not wait for, then message, head, count (table
-- sent). The claim may end, or the user may cancel the reply, before the statement locks the
-- message. So the update of the message checks the claim again.
--
-- The refunds of a day never exceed the limit: the lock on the turn protects the row of sent, too, and
-- the rank counts the refunds of the same statement. If an outcome is not written after all, its rank
-- is not used.
--
-- Subqueries find the rows of turns, sent and heads, and the updates then use their ctid. So the plan
-- uses the primary keys, even if it was made while these tables were empty. The lock on the turn
-- protects these rows, so their ctid does not change. The condition on r.owner cannot use an index:
-- a plan that begins with all rooms of a user would read all their messages.
WITH locked AS (
	SELECT a.*, r.id AS room, r.owner, (SELECT ctid FROM turns WHERE owner = r.owner) AS turn, r.rev + 1 AS next_rev,
		m.day, m.unit AND a.refund_limit > 0 AS is_refundable
	FROM unnest(@replies::uuid[], @fences::bigint[], @times::timestamptz[], @statuses::text[], @contents::text[],
		@errors::text[], @retries::timestamptz[], @not_called::boolean[], @refund_limits::integer[], @tokens_in::integer[],
		@tokens_out::integer[]) WITH ORDINALITY
		AS a (reply, fence, now, status, content, error, retry_at, not_called, refund_limit, tokens_in, tokens_out, nth)
	JOIN messages m ON m.id = a.reply JOIN rooms r ON r.id = m.room
	WHERE m.fence = a.fence AND m.lease IS NOT NULL
		AND r.owner::text = ANY (string_to_array(current_setting('parley.locked_turns', true), ','))
	FOR NO KEY UPDATE OF r SKIP LOCKED
), decided AS (
	SELECT *, is_refundable AND refund_limit >= coalesce(refunds, 0) + dense_rank() OVER (
		PARTITION BY owner, day, is_refundable ORDER BY reply) AS is_refunded
	FROM locked LEFT JOIN LATERAL (SELECT ctid AS count_row, refunds FROM sent
		WHERE user_id = locked.owner AND sent.day = locked.day LIMIT 1) counted ON true
), finished AS (
	UPDATE messages m SET status = l.status, content = l.content, error = l.error, due = coalesce(l.retry_at, m.due),
		lease = NULL, owner = NULL, cancelling = false, errors = m.errors + (l.status = 'queued' AND NOT not_called)::integer,
		tokens_in = l.tokens_in, tokens_out = l.tokens_out, unit = m.unit AND NOT is_refunded, rev = next_rev
	FROM decided l
	WHERE m.id = l.reply AND m.fence = l.fence AND m.lease IS NOT NULL AND (l.status = 'cancelled' OR NOT m.cancelling)
	RETURNING l.nth, l.owner, l.turn, l.now, l.is_refunded, l.count_row, m.room, m.id, m.status, m.rev, m.born, m.rank, m.due
), updated_rooms AS (
	UPDATE rooms SET rev = f.rev FROM finished f WHERE rooms.id = f.room
), refunds AS (
	UPDATE sent SET n = n - given_back, refunds = refunds + given_back
	FROM (SELECT count_row, count(*) AS given_back FROM finished WHERE is_refunded GROUP BY count_row) f
	WHERE sent.ctid = f.count_row
), next AS (
	SELECT f.*, h.head, h.state AS old_state, n.id AS next_id, n.rank AS next_rank, n.due AS next_due
	FROM finished f
	LEFT JOIN LATERAL (SELECT ctid AS head, CASE WHEN reply = f.id THEN state END AS state FROM heads
		WHERE room = f.room LIMIT 1) h ON true
	LEFT JOIN LATERAL (SELECT f.id, f.rank, f.due WHERE f.status = 'queued' UNION ALL (SELECT id, rank, due FROM messages
		WHERE room = f.room AND f.status <> 'queued' AND messages.status >= 'queued' AND born > f.born
		ORDER BY born LIMIT 1) LIMIT 1) n ON true
), new_heads AS (
	UPDATE heads h SET reply = next_id, rank = next_rank, due = next_due,
		state = CASE WHEN next_due <= now THEN 'ready' ELSE 'later' END
	FROM next WHERE h.ctid = head AND next_id IS NOT NULL RETURNING h.room, h.reply, h.rank, h.state = 'ready' AS is_ready
), deleted_heads AS (
	DELETE FROM heads WHERE ctid = ANY (ARRAY(SELECT head FROM next WHERE next_id IS NULL))
), changes AS (
	SELECT next.*, coalesce(old_state = 'running', false)::integer AS running,
		coalesce(old_state = 'ready', false)::integer AS ready, h.reply, h.rank AS head_rank,
		coalesce(h.is_ready, false) AS is_ready
	FROM next LEFT JOIN new_heads h ON h.room = next.room
), updated_turns AS (
	UPDATE turns t SET running = t.running - c.running, at_limit = t.at_limit AND c.running = 0,
		since = CASE WHEN t.open THEN t.since ELSE greatest(t.since, c.now) END,
		ready = t.ready - c.ready + c.new_ready, unfinished = greatest(0, t.unfinished - c.final),
		ready_from = least(c.rank, CASE WHEN t.ready > 0 THEN (
			SELECT min(h.rank) FROM heads h WHERE h.owner = t.owner AND h.state = 'ready' AND h.rank >= t.ready_from) END)
	FROM (SELECT turn, max(now) AS now, sum(running) AS running, sum(ready) AS ready,
			count(*) FILTER (WHERE is_ready) AS new_ready, count(*) FILTER (WHERE status <> 'queued') AS final,
			min(head_rank) FILTER (WHERE is_ready) AS rank
		FROM changes GROUP BY turn) c
	WHERE t.ctid = c.turn
)
SELECT nth, rev, is_refunded AS refunded, coalesce(CASE WHEN is_ready THEN reply::text WHEN deferred THEN (
	SELECT h.reply::text FROM heads h WHERE h.owner = t.owner AND state = 'ready' AND h.rank >= t.ready_from
	ORDER BY h.rank LIMIT 1) END, '') AS next
FROM changes c JOIN turns t ON t.ctid = c.turn
