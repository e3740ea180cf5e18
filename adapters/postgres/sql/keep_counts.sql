-- Keeps the counts of the account @user_id, of the days from @first_day on, under @number_mac. They
-- replace earlier ones, because the account has continued these (restore_counts.sql, merge_counts.sql).
--
-- An earlier statement of the transaction has locked the account and its turn.
INSERT INTO kept_counts (number_mac, day, n, refunds)
SELECT @number_mac, day, n, refunds FROM sent WHERE user_id = @user_id AND day >= @first_day
ON CONFLICT ON CONSTRAINT kept_counts_pkey DO UPDATE SET n = excluded.n, refunds = excluded.refunds
