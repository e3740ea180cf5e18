-- Deletes the account @user_id with everything that belongs to it. Foreign keys delete
-- the rows that refer to the user or to one of the user's rooms.
--
-- Deletes no row if the user does not exist.
--
-- Lock order: user, guesses, codes. Codes.Try also locks guesses before codes. To keep this
-- order, the deletion of codes reads the result of the deletion of guesses.
WITH erased AS (
	SELECT id, number FROM users WHERE id = @user_id FOR UPDATE
), deleted_guesses AS (
	DELETE FROM guesses USING erased WHERE guesses.number = erased.number RETURNING 1
), deleted_codes AS (
	DELETE FROM codes USING erased WHERE codes.number = erased.number AND (SELECT count(*) FROM deleted_guesses) >= 0
)
DELETE FROM users USING erased WHERE users.id = erased.id
