-- Saves the subscription record of a user and the entitlement that follows from it,
-- unless the record has changed since it was read.
--
-- Parameters:
--   @user_id, @customer                 the user, and the user's customer id at the payments provider
--   @version                            the version that the caller has read; 0 if no record existed
--   @subscription, @status, @period_start, @period_end, @cancel_at_period_end, @ended, @fetched_at
--                                       the subscription as the payments provider returned it
--   @changed                            last change, or last opening of a checkout page
--   @due                                when to recheck the subscription; NULL for never
--   @pro_until                          end of the user's entitlement to Pro
--
-- Returns whether the record was saved: false if the stored version is not @version.
-- Returns no row if the user does not exist.
--
-- Lock order: user, subscription. The lock on the user serializes the saves of one user, so
-- that two concurrent first saves do not violate the unique index on customer.
WITH locked AS (
	SELECT id FROM users WHERE id = @user_id FOR NO KEY UPDATE
), saved AS (
	INSERT INTO subscriptions AS stored (user_id, customer, subscription, status, period_start, period_end,
		cancel_at_period_end, ended, at, changed, due, version)
	SELECT id, @customer, @subscription, @status, @period_start, @period_end,
		@cancel_at_period_end, @ended, @fetched_at, @changed, @due, 1 FROM locked
	WHERE @version::bigint = 0 OR EXISTS (SELECT FROM subscriptions WHERE user_id = @user_id)
	ON CONFLICT ON CONSTRAINT subscriptions_pkey DO UPDATE SET customer = excluded.customer,
		subscription = excluded.subscription, status = excluded.status, period_start = excluded.period_start,
		period_end = excluded.period_end, cancel_at_period_end = excluded.cancel_at_period_end,
		ended = excluded.ended, at = excluded.at, changed = excluded.changed, due = excluded.due,
		version = stored.version + 1
	WHERE stored.version = @version
	RETURNING user_id
), entitled AS (
	UPDATE users SET pro_until = @pro_until FROM saved WHERE id = saved.user_id
)
SELECT EXISTS (SELECT FROM saved) FROM locked
