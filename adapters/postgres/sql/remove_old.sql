-- Removes old exchanges: prompts whose replies are final, with these replies.
--
-- Parameters:
--   @until   removes what the user last changed at or before this time
--   @before  the lowest id of a later time (id.First), so that the plan reads the oldest messages first
--   @limit   the maximum number of exchanges
--
-- Returns the number of removed exchanges.
--
-- Foreign keys delete the replies, the versions and the idempotency keys. A summary that covers a
-- removed message is removed, too: the next one is made of what is left.
--
-- Locks: prompts, replies, which it does not wait for, then keys and summaries. So concurrent calls
-- remove different exchanges. A reply that the user asks for again in the meantime is not final, so
-- its exchange stays. Statements that lock a room and then a message wait for this one, and then do
-- not find the message.
--
-- OFFSET 0 makes the plan look up the reply of each prompt, so that it stops after @limit of them.
WITH prompts AS MATERIALIZED (
	SELECT p.id FROM messages p
	WHERE p.id < @before AND p.in_reply_to IS NULL AND coalesce(p.revised, p.created) <= @until
		AND EXISTS (SELECT FROM messages r WHERE r.in_reply_to = p.id AND r.status IN ('done', 'failed', 'cancelled')
			AND coalesce(r.revised, r.created) <= @until OFFSET 0)
	ORDER BY p.id LIMIT @limit FOR UPDATE SKIP LOCKED
), replies AS MATERIALIZED (
	SELECT in_reply_to AS prompt FROM messages
	WHERE in_reply_to = ANY (ARRAY(SELECT id FROM prompts)) AND status IN ('done', 'failed', 'cancelled')
		AND coalesce(revised, created) <= @until
	FOR UPDATE SKIP LOCKED
), removed AS (
	DELETE FROM messages WHERE id = ANY (ARRAY(SELECT prompt FROM replies)) RETURNING room, born
), old_summaries AS (
	DELETE FROM summaries s WHERE room = ANY (ARRAY(SELECT room FROM removed))
		AND through >= (SELECT min(born) FROM removed r WHERE r.room = s.room)
)
SELECT count(*) FROM removed
