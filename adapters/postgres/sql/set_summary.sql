-- Replaces the summary of a room.
--
-- Parameters:
--   @owner, @room_id  the room
--   @old              through of the summary to replace; 0 if there was none
--   @text, @through   the new summary
--
-- Returns no row if the owner has no such room. Otherwise one row that tells whether the
-- summary was stored. It is not stored if the stored summary is not @old, or if the new one does
-- not cover more, or covers the last prompt.
--
-- Lock order: room, summary. The lock on the room waits for a deletion, and does not block other
-- changes. A prompt that is added after the statement began is not seen, but the last prompt only
-- moves up. So what is not the last one when the statement begins stays so.
WITH locked AS (
	SELECT id FROM rooms WHERE id = @room_id AND owner = @owner FOR KEY SHARE
), last_prompt AS (
	SELECT born FROM messages WHERE room = @room_id AND in_reply_to IS NULL ORDER BY born DESC LIMIT 1
), saved AS (
	INSERT INTO summaries AS stored (room, text, through)
	SELECT locked.id, @text::text, @through::bigint FROM locked, last_prompt
	WHERE @through < last_prompt.born AND @through > @old
		AND (@old::bigint = 0 OR EXISTS (SELECT FROM summaries WHERE room = @room_id))
	ON CONFLICT ON CONSTRAINT summaries_pkey DO UPDATE SET text = excluded.text, through = excluded.through
	WHERE stored.through = @old
	RETURNING room
)
SELECT EXISTS (SELECT FROM saved) FROM locked
