-- Merges the counts of the user @user_id with those that were kept under @number_mac, of the days
-- from @first_day on (quota.Count.Merge).
--
-- An earlier statement of the transaction has locked the account and its turn.
INSERT INTO sent (user_id, day, n, refunds)
SELECT @user_id, day, n, refunds FROM kept_counts WHERE number_mac = @number_mac AND day >= @first_day
ON CONFLICT ON CONSTRAINT sent_pkey DO UPDATE
SET n = greatest(sent.n, excluded.n), refunds = greatest(sent.refunds, excluded.refunds)
