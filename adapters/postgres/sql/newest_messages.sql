-- Reads a page of a room: the newest messages that were added before a revision.
--
-- Parameters:
--   @owner, @room_id  the room
--   @revision         only messages that were added before this revision; the maximum for all
--   @limit            the maximum number of messages
--
-- Returns the columns of chat.Message except room and fromuser, newest first, and room_rev,
-- the room's revision. Returns no row if the owner has no such room, and one row with id '' if
-- the room has no such message.
SELECT r.rev AS room_rev, coalesce(m.id::text, '') AS id,
	coalesce(m.content, '') AS content, coalesce(m.status, '') AS status,
	coalesce(m.in_reply_to::text, '') AS inreplyto, coalesce(m.error, '') AS error,
	coalesce(m.created, '0001-01-01 00:00:00Z') AS created, coalesce(m.born, 0) AS born, coalesce(m.rev, 0) AS rev,
	coalesce(m.revised, '0001-01-01 00:00:00Z') AS revised, coalesce(m.versions, 0) AS versions
FROM rooms r LEFT JOIN LATERAL (
	SELECT * FROM messages WHERE room = @room_id AND born < @revision ORDER BY born DESC LIMIT @limit
) m ON true
WHERE r.id = @room_id AND r.owner = @owner
ORDER BY m.born DESC
