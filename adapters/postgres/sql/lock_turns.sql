-- Locks the turns of users, except those that another transaction has locked. The later
-- statements of the transaction find these users in the setting parley.locked_turns, separated
-- by commas.
--
-- Parameters:
--   @owners  the users
WITH locked AS (
	SELECT owner FROM turns WHERE owner = ANY (@owners::uuid[]) FOR NO KEY UPDATE SKIP LOCKED
)
SELECT set_config('parley.locked_turns', coalesce(string_agg(owner::text, ','), ''), true) FROM locked
