-- Reads a part of what has changed in the rooms of a user since a position (ADR 0017).
--
-- Parameters:
--   @owner      the user
--   @since      the position
--   @after      only rooms with a higher id
--   @limit      the maximum number of rooms
--   @max_bytes  the maximum length of their texts (chat.PageBytes)
--
-- Returns, in the order of the ids:
--   position  the current position
--   known     whether the store can have returned @since
--   found     the number of rooms without @max_bytes
--   the columns of chat.Room
--   from_rev  a revision up to which a follower at @since knows the messages of the room
--   deleted   whether the room was deleted; then only id and owner are valid
-- Returns one row with id '' if nothing has changed, and if @since is not known.
--
-- A position is the xmin of a snapshot: the id of the oldest transaction that was still
-- running. All transactions with lower ids had ended, so the read that returned the position
-- has seen them. Every row has a system column xmin, too: the id of the transaction that
-- wrote this version of the row. So a row has changed if its xmin is not lower than the
-- position. A transaction that the read has already seen may have a higher id. Its changes
-- come again.
--
-- The system column has only the lower 32 bits of an id, and keeps them forever, also when
-- VACUUM has frozen the row. So the statement computes the distance from @since modulo
-- 2^32. The row has changed if the distance is less than the one from @since to the end
-- of the current snapshot. A row that is older by exactly as many transactions as it takes
-- to use the ids again counts as changed, which does no harm.
--
-- The parts are in the order of the ids, because the ids of transactions do not identify the
-- next room: a transaction can change many rooms, and a room that changes between two parts gets
-- a higher one. Such a room is in a later part, or its change comes after the last part, because
-- the follower continues from the position of the first part. @since, and thus from_rev, is the
-- same for all parts.
--
-- Accept, claim, finish, edit, retry, cancel and Rooms.Update update the row of the room. The lock
-- on that row puts the revisions of the room in the order of the commits. So a follower who
-- has seen one message at its revision has seen all lower revisions. A message that was
-- changed without a new revision, such as a renewed lease, only makes from_rev lower.
WITH snapshot AS MATERIALIZED (
	SELECT pg_snapshot_xmin(s)::text::bigint AS xmin, pg_snapshot_xmax(s)::text::bigint AS xmax
	FROM pg_current_snapshot() s
), state AS MATERIALIZED (
	SELECT xmin AS position, xmax - @since AS age,
		@since BETWEEN 0 AND xmin AND xmax - @since < 4294967296 AS known
	FROM snapshot
)
SELECT state.position, state.known, coalesce(c.found, 0) AS found,
	coalesce(c.id::text, '') AS id, coalesce(c.owner::text, '') AS owner,
	coalesce(c.name, '') AS name, coalesce(c.system_prompt, '') AS systemprompt,
	coalesce(c.created, '0001-01-01 00:00:00Z') AS created, coalesce(c.updated, '0001-01-01 00:00:00Z') AS updated,
	coalesce(c.rev, 0) AS rev, coalesce(c.deleted, false) AS deleted, coalesce((
		SELECT m.rev FROM messages m
		WHERE m.room = c.id AND NOT c.deleted AND (m.xmin::text::bigint - @since) & 4294967295 >= state.age
		ORDER BY m.rev DESC LIMIT 1
	), 0) AS from_rev
FROM state LEFT JOIN LATERAL (
	SELECT *, count(*) OVER () AS found, octet_length(name) + octet_length(system_prompt) AS length,
		sum(octet_length(name) + octet_length(system_prompt)) OVER (ORDER BY id) AS bytes
	FROM (
		SELECT r.id, r.owner, r.name, r.system_prompt, r.created, r.updated, r.rev, false AS deleted
		FROM rooms r
		WHERE r.owner = @owner AND r.id > @after AND (r.xmin::text::bigint - @since) & 4294967295 < state.age
		UNION ALL
		SELECT d.room, d.owner, '', '', NULL, NULL, 0, true
		FROM deleted_rooms d
		WHERE d.owner = @owner AND d.room > @after AND (d.xmin::text::bigint - @since) & 4294967295 < state.age
		ORDER BY id LIMIT @limit
	) page
) c ON state.known AND (c.bytes <= @max_bytes OR c.bytes = c.length)
ORDER BY c.id
