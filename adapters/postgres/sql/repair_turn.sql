-- Computes the rows of the user @owner in heads and turns again from the user's messages. Only
-- the previous version of the program makes this necessary: it changes messages without them.
--
-- The caller has locked the user's row in turns with an earlier statement of the same
-- transaction.
WITH unfinished AS (
	SELECT m.room, m.id, m.status, m.rank, m.due, m.born
	FROM rooms r, LATERAL (SELECT * FROM messages
		WHERE room = r.id AND status >= 'queued' ORDER BY born OFFSET 0) m
	WHERE r.owner = @owner
), right_heads AS (
	SELECT DISTINCT ON (room) room, id, rank, due,
		CASE WHEN status = 'running' THEN 'running' WHEN due <= @now THEN 'ready' ELSE 'later' END AS state
	FROM unfinished ORDER BY room, born
), deleted_heads AS (
	DELETE FROM heads WHERE owner = @owner AND room NOT IN (SELECT room FROM right_heads)
), saved_heads AS (
	INSERT INTO heads (room, owner, reply, state, rank, due)
	SELECT room, @owner, id, state, rank, due FROM right_heads
	ON CONFLICT ON CONSTRAINT heads_pkey DO UPDATE
	SET reply = excluded.reply, state = excluded.state, rank = excluded.rank, due = excluded.due
), counts AS (
	SELECT count(*) FILTER (WHERE state = 'ready') AS ready, count(*) FILTER (WHERE state = 'running') AS running,
		min(rank) FILTER (WHERE state = 'ready') AS ready_from
	FROM right_heads
)
UPDATE turns t SET ready = c.ready, running = c.running, ready_from = c.ready_from, at_limit = false,
	unfinished = (SELECT count(*) FROM unfinished), served = t.served AND t.ready > 0,
	since = CASE WHEN t.ready > 0 THEN t.since ELSE @now END
FROM counts c WHERE t.owner = @owner
