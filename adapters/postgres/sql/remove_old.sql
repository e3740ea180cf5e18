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
-- Locks: messages, which it does not wait for, then keys and summaries. So concurrent calls remove
-- different exchanges. Statements that lock a room and then a message wait for it, and then do not
-- find the message.
WITH old AS MATERIALIZED (
	SELECT p.id, p.room, p.born FROM messages p JOIN messages r ON r.in_reply_to = p.id
	WHERE p.id < @before AND p.in_reply_to IS NULL AND r.status IN ('done', 'failed', 'cancelled')
		AND coalesce(p.revised, p.created) <= @until AND coalesce(r.revised, r.created) <= @until
	ORDER BY p.id LIMIT @limit FOR UPDATE SKIP LOCKED
), old_summaries AS (
	DELETE FROM summaries s USING (SELECT room, min(born) AS born FROM old GROUP BY room) o
	WHERE s.room = o.room AND s.through >= o.born
), removed AS (
	DELETE FROM messages WHERE id = ANY (ARRAY(SELECT id FROM old)) RETURNING 1
)
SELECT count(*) FROM removed
