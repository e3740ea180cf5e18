-- Replaces the text of a prompt and stores the old text as a version.
--
-- Parameters:
--   @prompt_id              the prompt
--   @text, @now             the new text, and the time of the edit
--   @rev, @versions         the new revision of the prompt, and the number of its versions
--   @old_text, @old_status  text and status before the edit
--   @old_created            when the old text was sent
--
-- A replay of an earlier request must return the prompt as it was after that request. The
-- row of the prompt does not tell any more. So the statement stores the old text in the
-- idempotency keys of the prompt. It skips keys that have the text before an earlier edit,
-- and the keys of retries. So accepting a message does not pay for edits.
--
-- The caller holds the locks of room, message and count (table sent). The statement locks
-- keys, in no particular order. That cannot cause a deadlock: all statements that change
-- keys of a user lock the user's count first, except the purge, which skips locked keys.
WITH edited AS (
	UPDATE messages SET content = @text, revised = @now, versions = @versions, rev = @rev WHERE id = @prompt_id
), added AS (
	INSERT INTO versions (message, n, content, status, created)
	VALUES (@prompt_id, @versions, @old_text, @old_status, @old_created)
)
UPDATE keys SET content = @old_text, versions = @versions - 1
WHERE prompt = @prompt_id AND content IS NULL AND versions IS NULL
