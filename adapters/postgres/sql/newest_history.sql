-- Reads what the model gets of a room: its settings, its summary, and the newest messages that
-- the summary does not cover.
--
-- Parameters:
--   @owner, @room_id  the room
--   @before           only messages that were added before this revision; the maximum for all
--   @limit            the maximum number of messages
--   @max_bytes        no messages after the one with which the texts reach this length
--
-- Returns no row if the owner has no such room. Otherwise it returns, in no particular order:
--   one row with born 0, with name, system_prompt, summary and through of the room ('' and 0 if
--   there is no summary)
--   a row for each message, with from_user, status, content and born
-- So the texts of the room come once and not with each message.
--
-- The conditions compare with parameters, so that the plan uses the indexes.
WITH room AS MATERIALIZED (
	SELECT r.name, r.system_prompt, coalesce(s.text, '') AS summary, coalesce(s.through, 0) AS through
	FROM rooms r LEFT JOIN summaries s ON s.room = @room_id
	WHERE r.id = @room_id AND r.owner = @owner
)
SELECT name, system_prompt, summary, through, false AS from_user, '' AS status, '' AS content, 0::bigint AS born
FROM room
UNION ALL
SELECT '', '', '', 0, m.in_reply_to IS NULL, m.status, m.content, m.born
FROM room, LATERAL (
	SELECT *, sum(octet_length(content)) OVER (ORDER BY born DESC) AS bytes FROM (
		SELECT in_reply_to, status, content, born FROM messages
		WHERE room = @room_id AND born > room.through AND born < @before
		ORDER BY born DESC LIMIT @limit
	) uncovered
) m
WHERE m.bytes - octet_length(m.content) < @max_bytes
