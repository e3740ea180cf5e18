-- Reads the prompt and the reply that the first use of an idempotency key added or changed,
-- so that a replay returns the same result.
--
-- Parameters:
--   @user_id, @key  the key
--   @prompt_id      the prompt of the first use
--   @day            the UTC day whose messages of the user are counted
--
-- Returns the columns of chat.Message, as the prompt was after the first use except for its
-- revision, and:
--   used   the number of messages of the user on that day
--   reply  id of the reply, '' if it does not exist
--
-- If the prompt was edited after the first use, the key has what that edit replaced
-- (edit_prompt.sql). The first use was itself an edit if there was an earlier version then.
-- If the prompt was not edited after the first use, its row is still as it was.
--
-- The condition on keys compares with parameters, so that the plan uses the primary key.
SELECT
	coalesce((SELECT n FROM sent WHERE user_id = @user_id AND day = @day), 0) AS used,
	coalesce(reply.id::text, '') AS reply,
	m.id, m.room, m.in_reply_to IS NULL AS fromuser, coalesce(k.content, m.content) AS content, m.status,
	coalesce(m.in_reply_to::text, '') AS inreplyto, m.error, m.created, m.born, m.rev,
	coalesce(CASE WHEN k.content IS NULL THEN m.revised WHEN k.versions > 0 THEN k.at END, '0001-01-01 00:00:00Z')
		AS revised,
	coalesce(k.versions, m.versions) AS versions
FROM messages m
	LEFT JOIN messages reply ON reply.in_reply_to = m.id
	LEFT JOIN keys k ON k.user_id = @user_id AND k.key = @key
WHERE m.id = @prompt_id
