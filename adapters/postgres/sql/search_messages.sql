-- Finds messages of all rooms of a user by their text.
--
-- Parameters:
--   @owner                                  the user
--   @folded                                 the query, as text.Fold returns it
--   @pattern                                a regular expression for the query (patternOf), '' if
--                                           the query can be compared directly
--   @before_created, @before_room, @before_born
--                                           only messages after this position in the order of
--                                           the results (chat.SearchPosition)
--   @limit                                  the maximum number of messages
--   @max_bytes                              the maximum length of their texts (chat.PageBytes)
--
-- Returns the columns of chat.Message, newest first, and found, the number of messages without
-- @max_bytes.
--
-- The statement matches the text of all messages of the user. OFFSET 0 prevents the planner from
-- joining in the other direction, which would read the messages of all users. The subquery
-- sorts only ids and positions, so that the texts of all matching messages are not copied.
SELECT m.found, m.id, m.room, m.in_reply_to IS NULL AS fromuser, m.content, m.status,
	coalesce(m.in_reply_to::text, '') AS inreplyto, m.error, m.created, m.born, m.rev,
	coalesce(m.revised, '0001-01-01 00:00:00Z') AS revised, m.versions
FROM (
	SELECT messages.*, count(*) OVER () AS found,
		sum(octet_length(content)) OVER (ORDER BY created DESC, room DESC, born DESC) AS bytes
	FROM (
		SELECT matching.id FROM rooms r CROSS JOIN LATERAL (
			SELECT id, room, created, born FROM messages
			WHERE room = r.id AND status IN ('done', 'cancelled')
				AND CASE WHEN @pattern = '' THEN strpos(content, @folded) > 0 ELSE content ~ @pattern END
				AND (created, room, born) < (@before_created, @before_room, @before_born)
			OFFSET 0
		) matching
		WHERE r.owner = @owner
		ORDER BY matching.created DESC, matching.room DESC, matching.born DESC LIMIT @limit
	) newest JOIN messages ON messages.id = newest.id
) m
WHERE m.bytes <= @max_bytes OR m.bytes = octet_length(m.content)
ORDER BY m.created DESC, m.room DESC, m.born DESC
