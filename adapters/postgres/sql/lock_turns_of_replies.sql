-- Locks the turns of the users who own replies, as lock_turns.sql.
--
-- Parameters:
--   @replies  the replies
WITH locked AS (
	SELECT owner FROM turns
	WHERE owner = ANY (ARRAY(SELECT r.owner FROM messages m JOIN rooms r ON r.id = m.room WHERE m.id = ANY (@replies::uuid[])))
	FOR NO KEY UPDATE SKIP LOCKED
)
SELECT set_config('parley.locked_turns', coalesce(string_agg(owner::text, ','), ''), true) FROM locked
