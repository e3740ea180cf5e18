-- Deletes the account @user_id with everything that belongs to it. Foreign keys delete
-- the rows that refer to the user or to one of the user's rooms.
--
-- Returns the id. Returns no row if the user does not exist.
--
-- Lock order: user, turn, guesses, codes; the foreign keys then lock rooms and their messages.
-- Other statements use the same order. To keep it, each deletion reads the result of the one
-- before.
WITH erased AS (
	SELECT id, number FROM users WHERE id = @user_id FOR UPDATE
), deleted_turn AS (
	DELETE FROM turns WHERE owner = (SELECT id FROM erased) RETURNING 1
), deleted_guesses AS (
	DELETE FROM guesses USING erased WHERE guesses.number = erased.number AND (SELECT count(*) FROM deleted_turn) >= 0
	RETURNING 1
), deleted_codes AS (
	DELETE FROM codes USING erased WHERE codes.number = erased.number AND (SELECT count(*) FROM deleted_guesses) >= 0
)
DELETE FROM users USING erased WHERE users.id = erased.id RETURNING users.id
