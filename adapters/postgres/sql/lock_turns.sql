-- Locks the turns of users, except those that another transaction has locked. The later
-- statements of the transaction find these users in the setting parley.locked_turns, separated
-- by commas. It adds the turns of users who have none, because it is their first message. It waits
-- only for another transaction that adds the same turn, or that deletes the user.
--
-- Parameters:
--   @owners  the users
--
-- The condition on ctid keeps the plan from reading all turns, even if it was made while the table
-- was empty.
WITH added AS (
	INSERT INTO turns (owner) SELECT id FROM users u WHERE id = ANY (@owners::uuid[])
		AND (SELECT ctid FROM turns WHERE owner = u.id) IS NULL ORDER BY id
	ON CONFLICT ON CONSTRAINT turns_pkey DO NOTHING RETURNING owner
), locked AS (
	SELECT owner FROM turns WHERE owner = ANY (@owners::uuid[]) FOR NO KEY UPDATE SKIP LOCKED
), owners AS (
	SELECT owner FROM added UNION ALL SELECT owner FROM locked
)
SELECT set_config('parley.locked_turns', coalesce(string_agg(owner::text, ','), ''), true) FROM owners
