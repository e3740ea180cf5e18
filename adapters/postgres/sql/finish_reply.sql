-- Writes the outcome of an attempt, if its claim still holds.
--
-- Parameters:
--   @reply_id, @fence           the claim
--   @status, @content, @error   the new state of the reply
--   @retry_at                   the new due time; NULL keeps the old one
--   @not_called                 whether no model was called: a retry then does not count as an error
--   @refund                     whether the user gets the quota unit back
--   @tokens_in, @tokens_out     tokens that the model used
--
-- Returns the room, its new revision and its owner. Returns no row if the claim does not
-- hold any more or the reply is deleted.
--
-- Lock order: room, message, count (table sent). The claim may end while the statement
-- waits for the lock on the room. So the update of the message checks the claim again.
WITH locked AS (
	SELECT r.id, r.owner, r.rev + 1 AS next_rev, m.day, m.unit AND @refund AS refunded
	FROM messages m JOIN rooms r ON r.id = m.room
	WHERE m.id = @reply_id AND m.fence = @fence AND m.lease IS NOT NULL
	FOR NO KEY UPDATE OF r
), finished AS (
	UPDATE messages m SET status = @status, content = @content, error = @error, due = coalesce(@retry_at, m.due),
		lease = NULL, owner = NULL, errors = m.errors + (@status = 'queued' AND NOT @not_called)::integer,
		tokens_in = @tokens_in, tokens_out = @tokens_out, unit = m.unit AND NOT @refund, rev = locked.next_rev
	FROM locked WHERE m.id = @reply_id AND m.fence = @fence AND m.lease IS NOT NULL
	RETURNING m.room, m.rev, locked.owner
), updated_room AS (
	UPDATE rooms SET rev = finished.rev FROM finished WHERE rooms.id = finished.room
), refund AS (
	UPDATE sent SET n = n - 1
	WHERE user_id = (SELECT finished.owner FROM finished, locked WHERE refunded) AND day = (SELECT day FROM locked)
)
SELECT room, rev, owner FROM finished
