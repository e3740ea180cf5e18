-- Takes the owner from some rooms of a user who is being erased, and deletes some records of
-- deleted rooms, so that erase_user.sql changes few rows.
--
-- Parameters:
--   @user_id  the user
--   @kept     how many rooms, and how many records, remain for erase_user.sql
--   @limit    the maximum number of rooms, and of records
--
-- Returns how many rooms and records it has changed.
WITH detached AS (
	UPDATE rooms SET owner = NULL, updated = now() WHERE id = ANY (ARRAY(SELECT id FROM rooms
		WHERE owner = @user_id ORDER BY updated DESC, id DESC OFFSET @kept LIMIT @limit)) RETURNING 1
), deleted_records AS (
	DELETE FROM deleted_rooms WHERE ctid = ANY (ARRAY(SELECT ctid FROM deleted_rooms
		WHERE owner = @user_id OFFSET @kept LIMIT @limit)) RETURNING 1
)
SELECT (SELECT count(*) FROM detached) + (SELECT count(*) FROM deleted_records)
