-- Deletes expired rows.
--
-- Parameters:
--   @now             deletes codes, sessions, devices and workers that expired at or before this time, and used codes
--   @dead_until      deletes codes whose attempts are used up and that expired at or before this time
--   @max_attempts    attempts of a code
--   @signups_until   deletes sign-ups that were created at or before this time, also those that the previous
--                    version of the program has stored as accounts that are not proven
--   @guesses_until   deletes guesses whose last wrong code and end of delay are not after this time, or NULL
--   @keys_until      deletes idempotency keys that were used at or before this time
--   @events_until    deletes webhook events that arrived at or before this time
--   @rooms_until     deletes the records of rooms that were deleted at or before this time
--   @erasures_until  deletes the erasures of accounts that were erased at or before this time
--   @ended_until     deletes the records of sessions that ended at or before this time
--   @first_kept_day  deletes the counts of earlier days
--   @first_counted   deletes the codes of countries of earlier days
--   @first_period    deletes the counts of codes of earlier periods
--   @today           deletes the counts of erased accounts of earlier days
--   @limit           rows per table, so that a large backlog is deleted in several calls
--
-- Returns the number of deleted rows.
--
-- Locks: rows of each table, in no particular order. The statement skips locked rows,
-- because the statement that has locked them may extend their life. It does not need to
-- skip rows of spend and country_codes, because nothing changes the rows of old days.
WITH old_signups AS (
	DELETE FROM signups WHERE ctid = ANY (ARRAY(SELECT ctid FROM signups
		WHERE created <= @signups_until LIMIT @limit FOR UPDATE SKIP LOCKED)) RETURNING 1
), unproven AS (
	DELETE FROM users WHERE ctid = ANY (ARRAY(SELECT ctid FROM users
		WHERE proven IS NULL AND created <= @signups_until LIMIT @limit FOR UPDATE SKIP LOCKED)) RETURNING 1
), finished_codes AS (
	DELETE FROM codes WHERE ctid = ANY (ARRAY(SELECT ctid FROM codes
		WHERE used OR expires <= @now AND attempts < @max_attempts OR expires <= @dead_until
		LIMIT @limit FOR UPDATE SKIP LOCKED)) RETURNING 1
), old_guesses AS (
	DELETE FROM guesses WHERE ctid = ANY (ARRAY(SELECT ctid FROM guesses
		WHERE (last IS NULL OR last <= @guesses_until) AND (until IS NULL OR until <= @guesses_until)
		LIMIT @limit FOR UPDATE SKIP LOCKED)) RETURNING 1
), expired_sessions AS (
	DELETE FROM sessions WHERE ctid = ANY (ARRAY(SELECT ctid FROM sessions
		WHERE expires <= @now LIMIT @limit FOR UPDATE SKIP LOCKED)) RETURNING 1
), expired_devices AS (
	DELETE FROM devices WHERE ctid = ANY (ARRAY(SELECT ctid FROM devices
		WHERE expires <= @now LIMIT @limit FOR UPDATE SKIP LOCKED)) RETURNING 1
), expired_keys AS (
	DELETE FROM keys WHERE ctid = ANY (ARRAY(SELECT ctid FROM keys
		WHERE at <= @keys_until LIMIT @limit FOR UPDATE SKIP LOCKED)) RETURNING 1
), message_counts AS (
	DELETE FROM sent WHERE ctid = ANY (ARRAY(SELECT ctid FROM sent
		WHERE day < @first_kept_day LIMIT @limit FOR UPDATE SKIP LOCKED)) RETURNING 1
), kept AS (
	DELETE FROM kept_counts WHERE ctid = ANY (ARRAY(SELECT ctid FROM kept_counts
		WHERE day < @today LIMIT @limit FOR UPDATE SKIP LOCKED)) RETURNING 1
), dead_workers AS (
	DELETE FROM workers WHERE ctid = ANY (ARRAY(SELECT ctid FROM workers
		WHERE until <= @now LIMIT @limit FOR UPDATE SKIP LOCKED)) RETURNING 1
), token_counts AS (
	DELETE FROM spend WHERE day < @first_kept_day RETURNING 1
), country_counts AS (
	DELETE FROM country_codes WHERE day < @first_counted RETURNING 1
), code_periods AS (
	DELETE FROM code_counts WHERE ctid = ANY (ARRAY(SELECT ctid FROM code_counts
		WHERE period < @first_period LIMIT @limit FOR UPDATE SKIP LOCKED)) RETURNING 1
), old_events AS (
	DELETE FROM events WHERE ctid = ANY (ARRAY(SELECT ctid FROM events
		WHERE at <= @events_until LIMIT @limit FOR UPDATE SKIP LOCKED)) RETURNING 1
), records_of_rooms AS (
	DELETE FROM deleted_rooms WHERE ctid = ANY (ARRAY(SELECT ctid FROM deleted_rooms
		WHERE at <= @rooms_until LIMIT @limit FOR UPDATE SKIP LOCKED)) RETURNING 1
), old_erasures AS (
	DELETE FROM erasures WHERE ctid = ANY (ARRAY(SELECT ctid FROM erasures
		WHERE at <= @erasures_until LIMIT @limit FOR UPDATE SKIP LOCKED)) RETURNING 1
), records_of_ends AS (
	DELETE FROM ended_sessions WHERE ctid = ANY (ARRAY(SELECT ctid FROM ended_sessions
		WHERE at <= @ended_until LIMIT @limit FOR UPDATE SKIP LOCKED))
)
SELECT (SELECT count(*) FROM old_signups)
	+ (SELECT count(*) FROM unproven)
	+ (SELECT count(*) FROM finished_codes)
	+ (SELECT count(*) FROM old_guesses)
	+ (SELECT count(*) FROM expired_sessions)
	+ (SELECT count(*) FROM expired_devices)
	+ (SELECT count(*) FROM expired_keys)
	+ (SELECT count(*) FROM message_counts)
	+ (SELECT count(*) FROM kept)
	+ (SELECT count(*) FROM dead_workers)
	+ (SELECT count(*) FROM token_counts)
	+ (SELECT count(*) FROM country_counts)
	+ (SELECT count(*) FROM code_periods)
	+ (SELECT count(*) FROM old_events)
	+ (SELECT count(*) FROM records_of_rooms)
	+ (SELECT count(*) FROM old_erasures)
