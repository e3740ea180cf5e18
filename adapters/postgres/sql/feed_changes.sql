-- Reads what has changed in the rooms of a user since a position (ADR 0017).
--
-- Parameters:
--   @owner     the user
--   @position  the position
--
-- Returns:
--   position  the current position
--   known     whether the store can have returned @position
--   the columns of chat.Room
--   from_rev  a revision up to which a follower at @position knows the messages of the room
--   deleted   whether the room was deleted; then only id and owner are valid
-- Returns one row with id '' if nothing has changed, and if @position is not known.
--
-- A position is the xmin of a snapshot: the id of the oldest transaction that was still
-- running. All transactions with lower ids had ended, so the read that returned the position
-- has seen them. Every row has a system column xmin, too: the id of the transaction that
-- wrote this version of the row. So a row has changed if its xmin is not lower than the
-- position. A transaction that the read has already seen may have a higher id. Its changes
-- come again.
--
-- The system column has only the lower 32 bits of an id, and keeps them forever, also when
-- VACUUM has frozen the row. So the statement computes the distance from @position modulo
-- 2^32. The row has changed if the distance is less than the one from @position to the end
-- of the current snapshot. A row that is older by exactly as many transactions as it takes
-- to use the ids again counts as changed, which does no harm.
--
-- Accept, claim, finish, edit, retry, cancel and Rooms.Update update the row of the room. The lock
-- on that row puts the revisions of the room in the order of the commits. So a follower who
-- has seen one message at its revision has seen all lower revisions. A message that was
-- changed without a new revision, such as a renewed lease, only makes from_rev lower.
WITH snapshot AS MATERIALIZED (
	SELECT pg_snapshot_xmin(s)::text::bigint AS xmin, pg_snapshot_xmax(s)::text::bigint AS xmax
	FROM pg_current_snapshot() s
), state AS MATERIALIZED (
	SELECT xmin AS position, xmax - @position AS age,
		@position BETWEEN 0 AND xmin AND xmax - @position < 4294967296 AS known
	FROM snapshot
)
SELECT state.position, state.known, coalesce(c.id::text, '') AS id, coalesce(c.owner::text, '') AS owner,
	coalesce(c.name, '') AS name, coalesce(c.system_prompt, '') AS systemprompt,
	coalesce(c.created, '0001-01-01 00:00:00Z') AS created, coalesce(c.updated, '0001-01-01 00:00:00Z') AS updated,
	coalesce(c.rev, 0) AS rev, coalesce(c.from_rev, 0) AS from_rev, coalesce(c.deleted, false) AS deleted
FROM state LEFT JOIN LATERAL (
	SELECT r.id, r.owner, r.name, r.system_prompt, r.created, r.updated, r.rev, false AS deleted, (
		SELECT m.rev FROM messages m
		WHERE m.room = r.id AND (m.xmin::text::bigint - @position) & 4294967295 >= state.age
		ORDER BY m.rev DESC LIMIT 1
	) AS from_rev
	FROM rooms r WHERE r.owner = @owner AND (r.xmin::text::bigint - @position) & 4294967295 < state.age
	UNION ALL
	SELECT d.room, d.owner, NULL, NULL, NULL, NULL, NULL, true, NULL
	FROM deleted_rooms d WHERE d.owner = @owner AND (d.xmin::text::bigint - @position) & 4294967295 < state.age
) c ON state.known
