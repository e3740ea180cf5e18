-- Reads a page of a room: the newest messages that were added before a revision.
--
-- Parameters:
--   @owner, @room_id  the room
--   @revision         only messages that were added before this revision; the maximum for all
--   @limit            the maximum number of messages
--   @max_bytes        the maximum length of their texts (chat.PageBytes)
--
-- Returns the columns of chat.Message except room and fromuser, newest first; room_rev,
-- the room's revision; and found, the number of messages without @max_bytes. Returns no row if
-- the owner has no such room, and one row with id '' if the room has no such message.
--
-- octet_length does not read a long text, which is stored outside of its row.
SELECT r.rev AS room_rev, coalesce(m.found, 0) AS found, coalesce(m.id::text, '') AS id,
	coalesce(m.content, '') AS content, coalesce(m.status, '') AS status,
	coalesce(m.in_reply_to::text, '') AS inreplyto, coalesce(m.error, '') AS error,
	coalesce(m.created, '0001-01-01 00:00:00Z') AS created, coalesce(m.born, 0) AS born, coalesce(m.rev, 0) AS rev,
	coalesce(m.revised, '0001-01-01 00:00:00Z') AS revised, coalesce(m.versions, 0) AS versions
FROM rooms r LEFT JOIN LATERAL (
	SELECT *, sum(octet_length(content)) OVER (ORDER BY born DESC) AS bytes, count(*) OVER () AS found
	FROM (SELECT * FROM messages WHERE room = @room_id AND born < @revision ORDER BY born DESC LIMIT @limit) page
) m ON m.bytes <= @max_bytes OR m.bytes = octet_length(m.content)
WHERE r.id = @room_id AND r.owner = @owner
ORDER BY m.born DESC
