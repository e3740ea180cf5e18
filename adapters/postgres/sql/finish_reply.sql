-- Writes the outcome of an attempt, if its claim still holds, and makes the next reply of the
-- room its head.
--
-- Parameters:
--   @reply_id, @fence           the claim
--   @now                        the current time
--   @status, @content, @error   the new state of the reply
--   @retry_at                   the new due time; NULL keeps the old one
--   @not_called                 whether no model was called: a retry then does not count as an error
--   @refund                     whether the user gets the quota unit back
--   @tokens_in, @tokens_out     tokens that the model used
--
-- Returns the revision of the room, and as next a reply for which a worker should be woken, or
-- ''. Returns no row if the claim does not hold any more or the reply is deleted, and if the
-- user has cancelled the reply and @status is not 'cancelled'.
--
-- The caller has locked the row of the owner in turns (lockTurnOfReply) with an earlier
-- statement of the same transaction. So this statement sees all messages that were accepted
-- before. Lock order: turn, room, message, head, count (table sent). The claim may end, or the
-- user may cancel the reply, while the statement waits for the lock on the room. So the update
-- of the message checks the claim again.
WITH locked AS (
	SELECT r.id, r.owner, r.rev + 1 AS next_rev, m.day, m.unit AND @refund AS refunded
	FROM messages m JOIN rooms r ON r.id = m.room
	WHERE m.id = @reply_id AND m.fence = @fence AND m.lease IS NOT NULL
	FOR NO KEY UPDATE OF r
), finished AS (
	UPDATE messages m SET status = @status, content = @content, error = @error, due = coalesce(@retry_at, m.due),
		lease = NULL, owner = NULL, cancelling = false,
		errors = m.errors + (@status = 'queued' AND NOT @not_called)::integer,
		tokens_in = @tokens_in, tokens_out = @tokens_out, unit = m.unit AND NOT @refund, rev = locked.next_rev
	FROM locked
	WHERE m.id = @reply_id AND m.fence = @fence AND m.lease IS NOT NULL AND (@status = 'cancelled' OR NOT m.cancelling)
	RETURNING m.room, m.rev, locked.owner, m.born, m.rank, m.due
), updated_room AS (
	UPDATE rooms SET rev = finished.rev FROM finished WHERE rooms.id = finished.room
), refund AS (
	UPDATE sent SET n = n - 1
	WHERE user_id = (SELECT finished.owner FROM finished, locked WHERE refunded) AND day = (SELECT day FROM locked)
), next AS (
	SELECT @reply_id::uuid AS id, rank, due FROM finished WHERE @status = 'queued'
	UNION ALL
	SELECT m.id, m.rank, m.due FROM finished, LATERAL (SELECT id, rank, due FROM messages
		WHERE room = finished.room AND status >= 'queued' AND born > finished.born
		ORDER BY born LIMIT 1) m
	WHERE @status <> 'queued'
), old_head AS (
	SELECT h.state FROM heads h JOIN finished ON h.room = finished.room WHERE h.reply = @reply_id
), head AS (
	UPDATE heads h SET reply = next.id, rank = next.rank, due = next.due,
		state = CASE WHEN next.due <= @now THEN 'ready' ELSE 'later' END
	FROM next, finished WHERE h.room = finished.room RETURNING h.reply, h.rank, h.state
), deleted_head AS (
	DELETE FROM heads h USING finished WHERE h.room = finished.room AND NOT EXISTS (SELECT FROM next)
), change AS (
	SELECT finished.owner, coalesce(o.state = 'running', false)::integer AS running,
		coalesce(o.state = 'ready', false)::integer AS ready, head.reply, head.rank,
		coalesce(head.state = 'ready', false) AS is_ready
	FROM finished LEFT JOIN old_head o ON true LEFT JOIN head ON true
), turn AS (
	UPDATE turns t SET running = t.running - c.running, at_limit = t.at_limit AND c.running = 0,
		since = CASE WHEN t.open THEN t.since ELSE greatest(t.since, @now) END,
		ready = t.ready - c.ready + c.is_ready::integer,
		unfinished = greatest(0, t.unfinished - (@status <> 'queued')::integer),
		ready_from = least(CASE WHEN c.is_ready THEN c.rank END, CASE WHEN t.ready > 0 THEN (
			SELECT min(h.rank) FROM heads h WHERE h.owner = t.owner AND h.state = 'ready' AND h.rank >= t.ready_from) END)
	FROM change c WHERE t.owner = c.owner
)
SELECT finished.rev, coalesce(CASE WHEN c.is_ready THEN c.reply::text WHEN t.deferred THEN (
	SELECT reply::text FROM heads h WHERE h.owner = t.owner AND h.state = 'ready' AND h.rank >= t.ready_from
	ORDER BY h.rank LIMIT 1) END, '') AS next
FROM finished JOIN change c ON true JOIN turns t ON t.owner = finished.owner
