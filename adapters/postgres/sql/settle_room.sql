-- Brings heads and turns up to date after a reply that is not running was cancelled or queued
-- again.
--
-- Parameters:
--   @room_id, @owner  the room and its owner
--   @now              the current time
--   @change           1 if the reply was queued, -1 if it was cancelled
--   @head_start       if the reply was queued: the head start of the owner's plan, in microseconds
--
-- Returns the head of the room if it can be claimed, or ''.
--
-- The caller has locked the owner's row in turns and the room, and has changed the reply, with
-- earlier statements of the same transaction.
WITH old_head AS (
	SELECT state FROM heads WHERE room = @room_id
), next AS (
	SELECT id, rank, due,
		CASE WHEN status = 'running' THEN 'running' WHEN due <= @now THEN 'ready' ELSE 'later' END AS state
	FROM messages WHERE room = @room_id AND status >= 'queued' ORDER BY born LIMIT 1
), head AS (
	INSERT INTO heads AS h (room, owner, reply, state, rank, due)
	SELECT @room_id, @owner, id, state, rank, due FROM next
	ON CONFLICT ON CONSTRAINT heads_pkey DO UPDATE
	SET reply = excluded.reply, due = excluded.due,
		rank = CASE WHEN h.reply = excluded.reply THEN h.rank ELSE excluded.rank END,
		state = CASE WHEN h.reply = excluded.reply THEN h.state ELSE excluded.state END
	RETURNING h.reply, h.rank, h.state
), deleted_head AS (
	DELETE FROM heads WHERE room = @room_id AND NOT EXISTS (SELECT FROM next)
), change AS (
	SELECT head.reply, head.rank, coalesce(head.state = 'ready', false) AS is_ready,
		coalesce(head.state = 'ready', false)::integer - coalesce(o.state = 'ready', false)::integer AS ready,
		coalesce(head.state = 'running', false)::integer - coalesce(o.state = 'running', false)::integer AS running
	FROM (SELECT) one LEFT JOIN old_head o ON true LEFT JOIN head ON true
), turn AS (
	UPDATE turns t SET ready = t.ready + c.ready, running = t.running + c.running,
		unfinished = greatest(0, t.unfinished + @change),
		ready_from = least(CASE WHEN t.ready > 0 THEN t.ready_from END, CASE WHEN c.is_ready THEN c.rank END),
		head_start = CASE WHEN @change > 0 THEN @head_start ELSE t.head_start END,
		since = CASE WHEN @change > 0 AND t.ready = 0 THEN @now ELSE t.since END,
		served = t.served AND NOT (@change > 0 AND t.ready = 0), deferred = t.deferred OR t.at_limit
	FROM change c WHERE t.owner = @owner
)
SELECT CASE WHEN is_ready THEN reply::text ELSE '' END AS next FROM change
