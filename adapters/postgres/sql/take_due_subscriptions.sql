-- Takes subscription records that are due for a recheck, and sets their due time to a
-- later time. Concurrent calls take different records.
--
-- Parameters:
--   @now    only records that are due at this time
--   @later  their new due time
--   @limit  the maximum number of records
--
-- Returns the records, the longest overdue first.
--
-- Locks: subscriptions, in the order of their due times. The statement skips locked
-- records, so it never waits.
--
-- The array keeps the order of the records. With a join instead of the array, the planner
-- might read the whole table.
WITH due AS (
	SELECT ARRAY (
		SELECT user_id FROM subscriptions WHERE due <= @now ORDER BY due LIMIT @limit FOR NO KEY UPDATE SKIP LOCKED
	) AS ids
), taken AS (
	UPDATE subscriptions SET due = @later WHERE user_id = ANY ((SELECT ids FROM due)::uuid[]) RETURNING *
)
SELECT user_id, customer, subscription, status, period_start, period_end, cancel_at_period_end,
	ended, at, changed, due, version
FROM taken ORDER BY array_position((SELECT ids FROM due), user_id)
