-- Reads a page of the rooms of a user.
--
-- Parameters:
--   @owner                  the user
--   @after_updated, @after_id
--                           only rooms after this position in the order of the list
--   @limit                  the maximum number of rooms
--   @max_bytes              the maximum length of their texts (chat.PageBytes)
--
-- Returns the columns of chat.Room, the most recently updated first, and found, the number of
-- rooms without @max_bytes.
SELECT found, id, owner, name, system_prompt AS systemprompt, created, updated, rev FROM (
	SELECT *, count(*) OVER () AS found, octet_length(name) + octet_length(system_prompt) AS length,
		sum(octet_length(name) + octet_length(system_prompt)) OVER (ORDER BY updated DESC, id DESC) AS bytes
	FROM (
		SELECT * FROM rooms WHERE owner = @owner AND (updated, id) < (@after_updated, @after_id)
		ORDER BY updated DESC, id DESC LIMIT @limit
	) page
) r
WHERE bytes <= @max_bytes OR bytes = length
ORDER BY updated DESC, id DESC
