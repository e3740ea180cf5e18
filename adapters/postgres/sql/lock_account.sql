-- Locks the account @user_id and its turn, so that no other transaction changes the user's counts.
-- The next statements of the transaction see all earlier changes.
--
-- Lock order: user, turn. To keep it, the second lock reads the result of the first one.
WITH account AS (
	SELECT id FROM users WHERE id = @user_id FOR UPDATE
)
SELECT FROM turns WHERE owner = (SELECT id FROM account) FOR UPDATE
