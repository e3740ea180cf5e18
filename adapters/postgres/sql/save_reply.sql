-- Writes a reply that was restarted, or cancelled before a claim, under the next revision of
-- its room.
--
-- Parameters:
--   @reply_id, @room_id        the reply and its room
--   @rev, @updated             the revision, and when the owner last sent a message
--   @status, @content, @error, @revised, @versions, @due, @rank, @first_claim, @errors,
--   @crashes, @day, @unit      the columns of the reply
--   @old_text, @old_status     the replaced text and its status; '' adds no version
--   @old_created               when the replaced text was asked for
--
-- The reply is not running, so the statement clears the columns of a running reply.
--
-- The caller holds the locks of room and message.
WITH changed AS (
	UPDATE messages SET status = @status, content = @content, error = @error, revised = @revised, versions = @versions,
		rev = @rev, due = @due, rank = @rank, first_claim = @first_claim, errors = @errors, crashes = @crashes,
		day = @day, unit = @unit, lease = NULL, owner = NULL, cancelling = false
	WHERE id = @reply_id
), added AS (
	INSERT INTO versions (message, n, content, status, created)
	SELECT @reply_id, @versions, @old_text, @old_status, @old_created WHERE @old_text <> ''
)
UPDATE rooms SET rev = @rev, updated = @updated WHERE id = @room_id
