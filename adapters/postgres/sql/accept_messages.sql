-- Accepts messages: checks that the room belongs to the user, takes a unit of the day's quota, and
-- inserts the prompt and its queued reply under the next two revisions of the room. If the room
-- has no other unfinished reply, the reply becomes its head. If the message has an idempotency
-- key that was used, it changes nothing. Otherwise it stores the key, or replaces an expired one.
--
-- An earlier statement of the same transaction has locked the turns of the users in the setting
-- parley.locked_turns. So this statement sees all messages of these users that were accepted
-- before. It ignores the messages of other users.
--
-- Parameters, one element for each message, in the order of arrival:
--   @users, @rooms      sender and room
--   @prompts, @replies  ids of the two new messages
--   @texts              text of the prompt
--   @times              time of acceptance
--   @keys, @hashes      idempotency key, '' for none, and chat.HashDraft of the text. No user may
--                       have the same key twice
--   @overloaded         whether the message must not be accepted
--
-- Parameters that all messages have in common:
--   @day                the UTC day of their times
--   @expired_at         a key that was used at or before this time has expired
--   @basic_limit, @basic_head_start
--                       for users without Pro: messages per day, and head start in microseconds
--   @pro_limit, @pro_head_start
--                       for users with Pro; a limit below 0 means unlimited
--   @max_queued         how many replies of a user may be queued, 0 for any number
--
-- Returns a row for each message, unless the user does not have the room, or another transaction
-- has locked the user or the room:
--   nth           the position of the message, from 1
--   accepted      whether it was accepted
--   room_rev      if it was: the room's revision before it
--   daily_limit   the limit of the user's plan
--   used          messages of the day that were accepted up to this one
--   is_full       whether @max_queued replies of the user are queued; then nothing is accepted
--   first_hash    the request hash of the key's first use; NULL if it is unused, expired, or of a
--                 deleted room
--   first_prompt  the prompt that the key's first use added; '' if first_hash is NULL
--
-- Lock order: turn, then user and room, which it does not wait for, then the user's rows in sent,
-- keys and heads, which the lock on the turn protects. So it causes no deadlock.
--
-- The previous version of the program does not lock turns. It may store a key that this statement
-- does not see. Then the insert into keys violates keys_pkey, and PostgreSQL rolls the statement
-- back.
--
-- The subqueries on turns, sent and keys cannot become joins. So the plan uses the primary keys,
-- even if it was made while these tables were empty. IS NOT DISTINCT FROM cannot use an index: the
-- plan must not read all rooms of a user.
WITH asked AS (
	SELECT a.*, r.rev, t.turn, t.queued,
		CASE WHEN u.pro_until > now THEN @pro_limit::integer ELSE @basic_limit::integer END AS daily_limit,
		CASE WHEN u.pro_until > now THEN @pro_head_start::bigint ELSE @basic_head_start::bigint END AS head_start
	FROM unnest(@users::uuid[], @rooms::uuid[], @prompts::uuid[], @replies::uuid[], @texts::text[], @times::timestamptz[],
		@keys::text[], @hashes::bytea[], @overloaded::boolean[]) WITH ORDINALITY
		AS a (user_id, room_id, prompt_id, reply_id, text, now, key, hash, overloaded, nth)
	JOIN users u ON u.id = user_id JOIN rooms r ON r.id = room_id AND r.owner IS NOT DISTINCT FROM user_id,
		LATERAL (SELECT ctid AS turn, unfinished - running AS queued FROM turns WHERE owner = user_id LIMIT 1) t
	WHERE user_id::text = ANY (string_to_array(current_setting('parley.locked_turns', true), ','))
	FOR KEY SHARE OF u SKIP LOCKED FOR NO KEY UPDATE OF r SKIP LOCKED
), ranked AS (
	SELECT *, coalesce((SELECT n FROM sent WHERE sent.user_id = asked.user_id AND day = @day), 0) AS sent,
		first_hash IS NULL AND NOT overloaded AS is_new,
		count(*) FILTER (WHERE first_hash IS NULL AND NOT overloaded) OVER
			(PARTITION BY user_id ORDER BY nth ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS before
	FROM asked LEFT JOIN LATERAL (SELECT CASE WHEN k.valid THEN k.hash END AS first_hash,
			CASE WHEN k.valid THEN k.prompt END AS first_prompt, k.key_row
		FROM (SELECT hash, prompt, ctid AS key_row, at > @expired_at AND (SELECT r.owner FROM messages m
				JOIN rooms r ON r.id = m.room WHERE m.id = keys.prompt) IS NOT NULL AS valid
			FROM keys WHERE keys.user_id = asked.user_id AND keys.key = asked.key LIMIT 1) k) first_use ON true
), decided AS (
	SELECT *, @max_queued > 0 AND queued + before >= @max_queued AS is_full,
		is_new AND (@max_queued = 0 OR queued + before < @max_queued)
			AND (daily_limit < 0 OR sent + before < daily_limit) AS is_accepted
	FROM ranked
), numbered AS (
	SELECT *, now - head_start * interval '1 us' AS rank,
		sent + count(*) FILTER (WHERE is_accepted) OVER (PARTITION BY user_id ORDER BY nth) AS used,
		rev - 2 + 2 * count(*) FILTER (WHERE is_accepted) OVER (PARTITION BY room_id ORDER BY nth) AS room_rev
	FROM decided
), accepted AS (
	SELECT * FROM numbered WHERE is_accepted
), counted AS (
	INSERT INTO sent (user_id, day, n) SELECT user_id, @day, count(*) FROM accepted GROUP BY user_id
	ON CONFLICT ON CONSTRAINT sent_pkey DO UPDATE SET n = sent.n + excluded.n
), inserted AS (
	INSERT INTO messages (id, room, content, status, in_reply_to, created, born, rev, due, rank, day, unit)
	SELECT m.id, room_id, m.content, m.status, m.in_reply_to, now, room_rev + m.n, room_rev + m.n, m.due, m.rank, m.day, m.unit
	FROM accepted, LATERAL (VALUES
		(1, prompt_id, text, 'done', NULL::uuid, NULL::timestamptz, NULL::timestamptz, NULL::date, false),
		(2, reply_id, '', 'queued', prompt_id, now, rank, @day, true)
	) AS m (n, id, content, status, in_reply_to, due, rank, day, unit)
), deleted_keys AS (
	DELETE FROM keys WHERE ctid = ANY (ARRAY(SELECT key_row FROM accepted)) RETURNING user_id, key
), inserted_keys AS (
	INSERT INTO keys (user_id, key, hash, prompt, at)
	SELECT user_id, key, hash, prompt_id, now FROM accepted LEFT JOIN deleted_keys USING (user_id, key) WHERE key <> ''
), new_heads AS (
	INSERT INTO heads (room, owner, reply, state, rank, due)
	SELECT DISTINCT ON (room_id) room_id, user_id, reply_id, 'ready', rank, now FROM accepted ORDER BY room_id, nth
	ON CONFLICT ON CONSTRAINT heads_pkey DO NOTHING RETURNING owner, rank
), updated_turns AS (
	UPDATE turns t SET unfinished = t.unfinished + a.n, ready = t.ready + h.n, head_start = a.head_start,
		since = CASE WHEN t.ready > 0 THEN t.since ELSE a.since END, served = t.served AND t.ready > 0,
		deferred = t.deferred OR t.at_limit, ready_from = least(CASE WHEN t.ready > 0 THEN t.ready_from END, h.rank)
	FROM (SELECT user_id, turn, count(*) AS n, max(head_start) AS head_start, min(now) AS since
		FROM accepted GROUP BY user_id, turn) a,
		LATERAL (SELECT count(*) AS n, min(rank) AS rank FROM new_heads WHERE owner = a.user_id) h
	WHERE t.ctid = a.turn
), updated_rooms AS (
	UPDATE rooms r SET rev = r.rev + 2 * a.n, updated = a.updated
	FROM (SELECT room_id, count(*) AS n, max(now) AS updated FROM accepted GROUP BY room_id) a WHERE r.id = a.room_id
)
SELECT nth, is_accepted AS accepted, room_rev, daily_limit, used, is_full, first_hash,
	coalesce(first_prompt::text, '') AS first_prompt
FROM numbered
