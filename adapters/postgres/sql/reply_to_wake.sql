-- Finds a reply for which a worker should be woken after another reply was finished. It
-- is the next reply of the same room (reply.NextInRoom). If the room has none, it is a
-- reply of the same owner that a claim has deferred, because its room or its owner had no
-- free slot.
--
-- Parameters:
--   @room_id, @owner  room and owner of the finished reply
--   @now              the current time
--
-- Returns the id, or no row. The statement does not check whether a deferred reply can be
-- claimed now. If it cannot, the woken worker claims another reply.
(SELECT id FROM (
	SELECT id, status, due, lease FROM messages
	WHERE room = @room_id AND status IN ('queued', 'running')
	ORDER BY status = 'running' DESC, born LIMIT 1
) head
WHERE status = 'queued' AND due <= @now OR status = 'running' AND lease <= @now)
UNION ALL
(SELECT id FROM messages
WHERE status = 'queued' AND owner = @owner AND room <> @room_id ORDER BY room, born LIMIT 1)
LIMIT 1
