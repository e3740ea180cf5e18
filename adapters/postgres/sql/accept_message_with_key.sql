-- Accepts a message with an idempotency key. accept_message.sql explains the parts that
-- both statements have.
--
-- If the key was used and has not expired, the statement changes nothing and returns the
-- first use. Otherwise it accepts the message and stores the key. It replaces an expired
-- key.
--
-- Additional parameters:
--   @key, @request_hash  the key, and chat.HashDraft of the text
--   @expired_at          a key that was used at or before this time has expired
--
-- Additional columns of the result:
--   first_hash    the request hash of the first use; NULL if the key is unused or expired
--   first_prompt  the prompt that the first use added; '' if the key is unused or expired
--
-- Lock order: user, turn, room, count (table sent), key.
--
-- Another request with the same key may be accepted while this one waits for its room.
-- first_use does not see that key, because it reads keys as they were when the statement
-- began. Then the insert into keys violates keys_pkey, and PostgreSQL rolls the statement
-- back. The caller tries again and gets the first use.
--
-- The conditions on keys also compare with parameters, so that the plan uses the primary
-- key.
WITH locked AS (
	SELECT r.rev, @max_queued > 0 AND t.unfinished - t.running >= @max_queued AS is_full,
		CASE WHEN u.pro_until > @now THEN @pro_limit::integer ELSE @basic_limit::integer END AS daily_limit,
		CASE WHEN u.pro_until > @now THEN @pro_head_start::bigint ELSE @basic_head_start::bigint END AS head_start
	FROM users u JOIN turns t ON t.owner = u.id JOIN rooms r ON r.owner = u.id
	WHERE u.id = @user_id AND t.owner = @user_id AND r.id = @room_id
	FOR KEY SHARE OF u FOR NO KEY UPDATE OF t FOR NO KEY UPDATE OF r
), first_use AS (
	SELECT hash, prompt, at > @expired_at AS valid FROM keys WHERE user_id = @user_id AND key = @key
), counted AS (
	INSERT INTO sent (user_id, day, n)
	SELECT @user_id, @day, 1 FROM locked
	WHERE daily_limit <> 0 AND NOT @overloaded AND NOT is_full AND NOT EXISTS (SELECT FROM first_use WHERE valid)
	ON CONFLICT ON CONSTRAINT sent_pkey DO UPDATE SET n = sent.n + 1
	WHERE (SELECT daily_limit < 0 OR sent.n < daily_limit FROM locked) RETURNING n AS used
), inserted AS (
	INSERT INTO messages (id, room, content, status, in_reply_to, created, born, rev, due, rank, day, unit)
	SELECT id, @room_id, content, status, in_reply_to, @now, rev + n, rev + n, due,
		due - head_start * interval '1 us', day, unit
	FROM locked, counted, (VALUES
		(1, @prompt_id::uuid, @text, 'done', NULL::uuid, NULL::timestamptz, NULL::date, false),
		(2, @reply_id::uuid, '', 'queued', @prompt_id, @now, @day, true)
	) AS m (n, id, content, status, in_reply_to, due, day, unit)
), deleted_key AS (
	DELETE FROM keys USING first_use WHERE user_id = @user_id AND key = @key AND NOT valid RETURNING key
), inserted_key AS (
	INSERT INTO keys (user_id, key, hash, prompt, at)
	SELECT @user_id, @key, @request_hash, @prompt_id, @now FROM counted LEFT JOIN deleted_key ON true
), head AS (
	INSERT INTO heads (room, owner, reply, state, rank, due)
	SELECT @room_id, @user_id, @reply_id, 'ready', @now::timestamptz - head_start * interval '1 us', @now
	FROM locked, counted ON CONFLICT ON CONSTRAINT heads_pkey DO NOTHING RETURNING rank
), turn AS (
	UPDATE turns t SET unfinished = t.unfinished + 1, ready = t.ready + (SELECT count(*) FROM head),
		head_start = locked.head_start, since = CASE WHEN t.ready > 0 THEN t.since ELSE @now END,
		served = t.served AND t.ready > 0, deferred = t.deferred OR t.at_limit,
		ready_from = least(CASE WHEN t.ready > 0 THEN t.ready_from END, (SELECT rank FROM head))
	FROM locked, counted WHERE t.owner = @user_id
), updated_room AS (
	UPDATE rooms SET rev = rooms.rev + 2, updated = @now FROM counted WHERE rooms.id = @room_id
)
SELECT locked.rev AS room_rev, locked.daily_limit, locked.is_full, coalesce(counted.used, 0) AS used,
	first_use.hash AS first_hash, coalesce(first_use.prompt::text, '') AS first_prompt
FROM locked LEFT JOIN counted ON true LEFT JOIN first_use ON valid
