-- Claims up to @limit replies, at most one of each owner, by the rules of reply.Turn.
--
-- Parameters:
--   @now, @lease_end   time of the claim, and end of the leases
--   @limit, @per_user  the maximum number of replies, and of running replies per owner
--   @head_starts, @served, @floors
--                      where to look in the index turns_open, see turnClasses
--
-- Returns the claimed replies with their prompts.
--
-- The conditions on heads.ctid and on ANY (ARRAY(...)) keep the plan from reading other rows, even
-- if it was made while the tables were empty. A head that has changed since the statement began has
-- another ctid, so it is skipped.
--
-- Of each plan, the users come in the order of Turn.inPlan. The users of different plans are then
-- merged by Turn.betweenPlans.
--
-- The statement never waits. It skips turns, rooms and messages that are locked. It also skips
-- an owner whom another claim has served since it began: it would serve this owner twice in a
-- row, and it reads heads as they were then. So it compares since, of which it locks the present
-- value, with what a subquery reads: the value when the statement began. Of an owner it looks at
-- 10 heads at most, so that its time does not depend on the number of the owner's rooms.
-- It checks the message, too, because the previous version of the program does not know heads:
-- the message is queued or its lease has expired, it is due, and it is the oldest of its room.
-- Lock order: turn, room, message, head. Migration 9 explains the condition status >= 'queued'.
WITH owners AS (
	SELECT t.* FROM unnest(@head_starts::bigint[], @served::boolean[], @floors::timestamptz[])
		AS c (head_start, served, floor), LATERAL (SELECT owner, ready_from, since FROM turns u WHERE open
			AND running < @per_user AND head_start = c.head_start AND served = c.served AND since >= floor AND since =
			(SELECT since FROM turns WHERE owner = u.owner) ORDER BY since LIMIT @limit FOR NO KEY UPDATE SKIP LOCKED) t
	ORDER BY max(since) OVER (PARTITION BY head_start ORDER BY since + served::integer * interval '30 s')
		- head_start * interval '1 us' LIMIT @limit
), head AS (
	UPDATE heads SET state = 'running' FROM owners o, LATERAL (SELECT head, h.reply, r.rev + 1 AS next_rev
		FROM (SELECT ctid AS head, room, reply, rank FROM heads WHERE owner = o.owner AND state = 'ready'
			AND rank >= ready_from ORDER BY rank LIMIT 10) h JOIN rooms r ON r.id = h.room JOIN messages m ON m.id = h.reply
		WHERE m.due <= @now AND (status = 'queued' OR lease <= @now) AND h.reply = (SELECT id FROM messages o
			WHERE o.room = h.room AND o.status >= 'queued' ORDER BY born LIMIT 1)
		ORDER BY h.rank LIMIT 1 FOR NO KEY UPDATE OF r, m SKIP LOCKED) first
	WHERE heads.ctid = head AND heads.reply = first.reply AND state = 'ready' RETURNING room, first.*, heads.owner
), served AS (
	UPDATE turns t SET since = greatest(@now, since + '1 us'), served = true, ready = ready - 1, running = running + 1,
		at_limit = running + 1 >= @per_user, deferred = ready > 1 AND (deferred OR running + 1 >= @per_user)
	FROM head WHERE t.owner = head.owner AND t.owner = ANY (ARRAY(SELECT owner FROM head))
), moved AS (UPDATE rooms SET rev = next_rev FROM head WHERE id = room)
UPDATE messages m SET status = 'running', lease = @lease_end, fence = m.fence + 1, rev = next_rev, owner = head.owner,
	crashes = m.crashes + (m.status = 'running')::integer, first_claim = coalesce(m.first_claim, @now)
FROM head, messages p WHERE m.id = head.reply AND p.id = m.in_reply_to
RETURNING m.id AS reply, m.owner AS "user", m.fence, m.rev AS room_rev, m.errors, m.crashes, m.first_claim,
	m.cancelling, p.id, p.room, true AS fromuser, p.content, p.status, p.created, p.revised, p.born, p.rev, p.versions
