-- Reads the running replies of a user and the current position in the user's feed.
--
-- Parameters:
--   @owner  the user
--
-- Returns the columns of chat.Message, and the position (feed_changes.sql explains it).
-- Returns rows with id '' if no reply is running.
--
-- A reply whose lease has expired is still running. Its head may be ready. OFFSET 0 makes the
-- plan find each message by its id.
SELECT pg_snapshot_xmin(s)::text::bigint AS position,
	coalesce(m.id::text, '') AS id, coalesce(m.room::text, '') AS room,
	m.in_reply_to IS NULL AS fromuser, coalesce(m.content, '') AS content, coalesce(m.status, '') AS status,
	coalesce(m.in_reply_to::text, '') AS inreplyto, coalesce(m.error, '') AS error,
	coalesce(m.created, '0001-01-01 00:00:00Z') AS created, coalesce(m.born, 0) AS born, coalesce(m.rev, 0) AS rev,
	coalesce(m.revised, '0001-01-01 00:00:00Z') AS revised, coalesce(m.versions, 0) AS versions
FROM pg_current_snapshot() s
	LEFT JOIN heads h ON h.owner = @owner AND h.state IN ('ready', 'running')
	LEFT JOIN LATERAL (SELECT * FROM messages WHERE id = h.reply OFFSET 0) m ON m.status = 'running'
ORDER BY m.room
