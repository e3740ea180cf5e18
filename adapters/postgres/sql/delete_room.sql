-- Deletes the room @room_id of the user @owner: takes the owner from it, so that no statement
-- finds it any more, and ends its running reply. remove_deleted.sql removes the rows later.
--
-- The caller has locked the user, the user's row in turns and the room with an earlier
-- statement of the same transaction.
WITH deleted_head AS (
	DELETE FROM heads WHERE room = @room_id RETURNING state
), unfinished AS (
	SELECT count(*) AS n FROM messages WHERE room = @room_id AND status >= 'queued'
), change AS (
	SELECT n, count(*) FILTER (WHERE state = 'running') AS running, count(*) FILTER (WHERE state = 'ready') AS ready
	FROM unfinished LEFT JOIN deleted_head ON true GROUP BY n
), turn AS (
	UPDATE turns t SET ready = t.ready - c.ready, running = t.running - c.running,
		unfinished = greatest(0, t.unfinished - c.n), at_limit = t.at_limit AND c.running = 0
	FROM change c WHERE t.owner = @owner
), ended AS (
	UPDATE messages SET status = 'cancelled', lease = NULL, owner = NULL WHERE room = @room_id AND status = 'running'
), deleted AS (
	UPDATE rooms SET owner = NULL, updated = now() WHERE id = @room_id AND owner = @owner RETURNING id
)
INSERT INTO deleted_rooms (room, owner) SELECT id, @owner FROM deleted
