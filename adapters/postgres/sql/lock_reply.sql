-- Locks the turn of the user who owns a reply, and the room of the reply, as lock_turns.sql, but
-- waits for the locks. PostgreSQL takes them in the order of the FOR clauses.
--
-- Parameters:
--   @reply_id  the reply
--
-- Returns no row if the reply does not exist.
WITH locked AS (
	SELECT t.owner FROM messages m JOIN rooms r ON r.id = m.room JOIN turns t ON t.owner = r.owner WHERE m.id = @reply_id
	FOR NO KEY UPDATE OF t FOR NO KEY UPDATE OF r
)
SELECT set_config('parley.locked_turns', owner::text, true) FROM locked
