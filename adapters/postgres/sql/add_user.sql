-- Adds the account of a number, or returns the existing one.
--
-- Parameters:
--   @id, @number, @password, @created, @proven, @pro_until  the account
--   @name          its name. If it is '', the account gets the name of the last sign-up
--   @signup_after  sign-ups that were created at or before this time do not count
--
-- Returns the account of the number.
--
-- An existing account does not change, unless it is a sign-up by the previous version of the program,
-- which stores sign-ups as accounts that are not proven.
INSERT INTO users (id, number, name, password, created, proven, pro_until)
VALUES (@id, @number, coalesce(nullif(@name, ''), (
	SELECT s.name FROM signups s WHERE s.number = @number AND s.created > @signup_after
	ORDER BY s.created DESC, s.id DESC LIMIT 1), ''), @password, @created, @proven, @pro_until)
ON CONFLICT ON CONSTRAINT users_number_key DO UPDATE SET
	proven = coalesce(users.proven, excluded.proven),
	name = CASE WHEN users.proven IS NULL THEN coalesce(nullif(excluded.name, ''), users.name) ELSE users.name END
RETURNING id, number, name, password, created, proven, pro_until
