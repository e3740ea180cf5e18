-- Gives the user @user_id the counts that an earlier account with the number @number_mac has left,
-- of the days from @first_day on. It does not change a count that the user already has.
--
-- Locks: the user, and the new rows of sent. Every statement that locks rows of sent, too, locks
-- the user before them.
INSERT INTO sent (user_id, day, n, refunds)
SELECT u.id, k.day, k.n, k.refunds FROM users u, kept_counts k
WHERE u.id = @user_id AND k.number_mac = @number_mac AND k.day >= @first_day
FOR KEY SHARE OF u
ON CONFLICT ON CONSTRAINT sent_pkey DO NOTHING
