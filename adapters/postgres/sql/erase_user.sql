-- Deletes the account @user_id with everything that belongs to it, except the rooms: it takes
-- the owner from them, as delete_room.sql. Foreign keys delete the other rows that refer to the
-- user. Adds the account to the list of erasures, its customer to those that the payments
-- provider must delete, and its sessions to those that have ended.
--
-- Returns the id. Returns no row if the user does not exist.
--
-- An earlier statement of the same transaction has locked the user and the user's row in turns.
-- So this statement sees all replies that were accepted or claimed.
--
-- Lock order: turn, guesses, codes, sign-ups, rooms, messages, as in other statements. To keep it, each
-- change reads the result of the one before. A head is locked with its turn.
--
-- OFFSET 0 makes the plan use the primary key, even if it was made while the table was empty.
WITH erased AS (
	SELECT id, number FROM users WHERE id = @user_id
), deleted_turn AS (
	DELETE FROM turns WHERE owner = (SELECT id FROM erased) RETURNING 1
), deleted_guesses AS (
	DELETE FROM guesses USING erased WHERE guesses.number = erased.number AND (SELECT count(*) FROM deleted_turn) >= 0
	RETURNING 1
), deleted_codes AS (
	DELETE FROM codes USING erased WHERE codes.number = erased.number AND (SELECT count(*) FROM deleted_guesses) >= 0
	RETURNING 1
), deleted_signups AS (
	DELETE FROM signups USING erased WHERE signups.number = erased.number AND (SELECT count(*) FROM deleted_codes) >= 0
	RETURNING 1
), deleted_rooms AS (
	UPDATE rooms SET owner = NULL, updated = now()
	WHERE owner = @user_id AND (SELECT count(*) FROM deleted_signups) >= 0 RETURNING 1
), deleted_heads AS (
	DELETE FROM heads WHERE owner = @user_id AND (SELECT count(*) FROM deleted_rooms) >= 0 RETURNING reply
), ended AS (
	UPDATE messages SET status = 'cancelled', lease = NULL, owner = NULL
	WHERE id = ANY (ARRAY(SELECT reply FROM deleted_heads)) AND lease IS NOT NULL
), ended_sessions AS (
	INSERT INTO ended_sessions (session_id) SELECT id FROM sessions WHERE user_id = @user_id
), listed AS (
	INSERT INTO erasures (user_id) SELECT id FROM erased ON CONFLICT ON CONSTRAINT erasures_pkey DO NOTHING
), customer AS (
	INSERT INTO customer_deletions (customer)
	SELECT customer FROM (SELECT customer FROM subscriptions WHERE user_id = @user_id OFFSET 0) s WHERE customer <> ''
	ON CONFLICT ON CONSTRAINT customer_deletions_pkey DO UPDATE
	SET due = excluded.due, attempts = excluded.attempts, version = customer_deletions.version + 1
)
DELETE FROM users USING erased WHERE users.id = erased.id RETURNING users.id
