-- Locks a user, the user's turn, and a room of the user, as lock_turns.sql, but waits for the
-- locks. PostgreSQL takes them in the order of the FOR clauses.
--
-- Parameters:
--   @owner, @room_id  the user and the room
--
-- Returns no row if the user has no such room or no row in turns.
WITH locked AS (
	SELECT t.owner FROM users u JOIN turns t ON t.owner = u.id JOIN rooms r ON r.owner = u.id
	WHERE u.id = @owner AND t.owner = @owner AND r.id = @room_id
	FOR KEY SHARE OF u FOR NO KEY UPDATE OF t FOR NO KEY UPDATE OF r
)
SELECT set_config('parley.locked_turns', owner::text, true) FROM locked
