-- Reads the messages of a room that were added or changed after a revision.
--
-- Parameters:
--   @owner, @room_id  the room
--   @revision         only messages that changed after this revision
--   @limit            the maximum number of messages
--
-- Returns the columns of chat.Message except room and fromuser, in the order of their last
-- change, and room_rev, the room's revision. Returns no row if the owner has no such room, and
-- one row with id '' if the room has no such message.
SELECT r.rev AS room_rev, coalesce(m.id::text, '') AS id,
	coalesce(m.content, '') AS content, coalesce(m.status, '') AS status,
	coalesce(m.in_reply_to::text, '') AS inreplyto, coalesce(m.error, '') AS error,
	coalesce(m.created, '0001-01-01 00:00:00Z') AS created, coalesce(m.born, 0) AS born, coalesce(m.rev, 0) AS rev,
	coalesce(m.revised, '0001-01-01 00:00:00Z') AS revised, coalesce(m.versions, 0) AS versions
FROM rooms r LEFT JOIN LATERAL (
	SELECT * FROM messages WHERE room = @room_id AND rev > @revision ORDER BY rev LIMIT @limit
) m ON true
WHERE r.id = @room_id AND r.owner = @owner
ORDER BY m.rev
