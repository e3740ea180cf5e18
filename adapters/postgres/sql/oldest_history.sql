-- Reads what the model gets of a room: its settings, its summary, and the oldest messages that
-- the summary does not cover.
--
-- newest_history.sql has the same parameters and the same result, and explains them.
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
	SELECT *, sum(octet_length(content)) OVER (ORDER BY born) AS bytes FROM (
		SELECT in_reply_to, status, content, born FROM messages
		WHERE room = @room_id AND born > room.through AND born < @before
		ORDER BY born LIMIT @limit
	) uncovered
) m
WHERE m.bytes - octet_length(m.content) < @max_bytes
