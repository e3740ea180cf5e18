-- Reads the prompt and the reply that the first use of an idempotency key added, so that a
-- replay returns the same result.
--
-- Parameters:
--   @prompt_id      the prompt that the first use added
--   @user_id, @day  the user and the UTC day whose messages are counted
--
-- Returns the columns of chat.Message, and:
--   used   the number of messages of the user on that day
--   reply  id of the reply, '' if it does not exist
SELECT
	coalesce((SELECT n FROM sent WHERE user_id = @user_id AND day = @day), 0) AS used,
	coalesce(reply.id::text, '') AS reply,
	m.id, m.room, m.in_reply_to IS NULL AS fromuser, m.content, m.status,
	coalesce(m.in_reply_to::text, '') AS inreplyto, m.error, m.created, m.born, m.rev
FROM messages m LEFT JOIN messages reply ON reply.in_reply_to = m.id
WHERE m.id = @prompt_id
