-- Reads a page of the earlier texts of a message.
--
-- Parameters:
--   @owner, @room_id  the room
--   @message_id       the message
--   @after            only versions with a higher number
--   @limit            the maximum number of versions
--   @max_bytes        the maximum length of their texts (chat.PageBytes)
--
-- Returns the columns of chat.Version, the oldest first; n, their number, from 1; and found, the
-- number of versions without @max_bytes. Returns no row if the owner has no such message, and one
-- row with n = 0 if the message has no such version.
SELECT coalesce(v.found, 0) AS found, coalesce(v.n, 0) AS n, coalesce(v.content, '') AS content,
	coalesce(v.status, '') AS status, coalesce(v.created, m.created) AS created
FROM messages m JOIN rooms r ON r.id = m.room LEFT JOIN LATERAL (
	SELECT *, sum(octet_length(content)) OVER (ORDER BY n) AS bytes, count(*) OVER () AS found
	FROM (SELECT * FROM versions WHERE message = @message_id AND n > @after::bigint ORDER BY n LIMIT @limit) page
) v ON v.bytes <= @max_bytes OR v.bytes = octet_length(v.content)
WHERE m.id = @message_id AND r.id = @room_id AND r.owner = @owner
ORDER BY v.n
