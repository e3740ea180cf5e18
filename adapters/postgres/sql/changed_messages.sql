-- Reads the messages of a room that were added or changed after a revision.
--
-- Parameters:
--   @owner, @room_id  the room
--   @revision         only messages that changed after this revision
--   @limit            the maximum number of messages
--   @max_bytes        the maximum length of their texts (chat.PageBytes)
--
-- Returns the columns of chat.Message except room and fromuser, in the order of their last
-- change; room_rev, the room's revision; and found, the number of messages without @max_bytes.
-- Returns no row if the owner has no such room, and one row with id '' if the room has no such
-- message.
SELECT r.rev AS room_rev, coalesce(m.found, 0) AS found, coalesce(m.id::text, '') AS id,
	coalesce(m.content, '') AS content, coalesce(m.status, '') AS status,
	coalesce(m.in_reply_to::text, '') AS inreplyto, coalesce(m.error, '') AS error,
	coalesce(m.created, '0001-01-01 00:00:00Z') AS created, coalesce(m.born, 0) AS born, coalesce(m.rev, 0) AS rev,
	coalesce(m.revised, '0001-01-01 00:00:00Z') AS revised, coalesce(m.versions, 0) AS versions
FROM rooms r LEFT JOIN LATERAL (
	SELECT *, sum(octet_length(content)) OVER (ORDER BY rev) AS bytes, count(*) OVER () AS found
	FROM (SELECT * FROM messages WHERE room = @room_id AND rev > @revision ORDER BY rev LIMIT @limit) page
) m ON m.bytes <= @max_bytes OR m.bytes = octet_length(m.content)
WHERE r.id = @room_id AND r.owner = @owner
ORDER BY m.rev
