-- Removes some messages of deleted rooms, which have no owner, and the rooms that have none left.
-- The rooms that were deleted first come first.
--
-- Parameters:
--   @rooms  the maximum number of rooms
--   @limit  the maximum number of messages, and of versions and idempotency keys
--
-- Returns the number of rooms that were examined: 0 if no deleted room is left.
--
-- Foreign keys delete a reply with its prompt, and the summary with its room. Versions and keys
-- are deleted before their messages, because one message may have many: if there are more than
-- @limit, the messages stay until a later call.
--
-- The order is that of the index rooms_recent, so that the plan reads no more rooms than @rooms.
-- rooms.removed is where the next call goes on. Without it, each call would read again what
-- VACUUM has not yet removed from the index. The conditions on ctid keep the plan from reading all
-- rooms, even if it was made while there were few.
--
-- Locks: rooms, which it does not wait for, then messages. So concurrent calls remove different
-- rooms. Nothing else uses them.
WITH deleted AS (
	SELECT ctid AS row, id, removed FROM rooms WHERE owner IS NULL
	ORDER BY owner DESC, updated, id LIMIT @rooms FOR UPDATE SKIP LOCKED
), batch AS MATERIALIZED (
	SELECT m.id FROM deleted d, LATERAL (
		SELECT id FROM messages WHERE room = d.id AND born > d.removed ORDER BY born LIMIT @limit) m
	LIMIT @limit
), old_versions AS (
	DELETE FROM versions WHERE ctid = ANY (ARRAY(SELECT v.row FROM batch b, LATERAL (
		SELECT ctid AS row FROM versions WHERE message = b.id LIMIT @limit) v LIMIT @limit)) RETURNING 1
), old_keys AS (
	DELETE FROM keys WHERE ctid = ANY (ARRAY(SELECT k.row FROM batch b, LATERAL (
		SELECT ctid AS row FROM keys WHERE prompt = b.id LIMIT @limit) k LIMIT @limit)) RETURNING 1
), removed AS (
	DELETE FROM messages WHERE id = ANY (ARRAY(SELECT id FROM batch))
		AND (SELECT count(*) FROM old_versions) < @limit AND (SELECT count(*) FROM old_keys) < @limit
	RETURNING room, born
), progress AS (
	UPDATE rooms SET removed = r.born FROM deleted d
		JOIN (SELECT room, max(born) AS born FROM removed GROUP BY room) r ON r.room = d.id
	WHERE rooms.ctid = d.row
), emptied AS (
	DELETE FROM rooms WHERE ctid = ANY (ARRAY(SELECT row FROM deleted d
		WHERE NOT EXISTS (SELECT FROM messages m WHERE m.room = d.id AND m.born > d.removed OFFSET 0)))
)
SELECT count(*) FROM deleted
