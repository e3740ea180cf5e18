-- Accepts a message without an idempotency key: checks that the room belongs to the
-- user, takes a unit of the day's quota, and inserts the prompt and its queued reply
-- under the next two revisions of the room. If the room has no other unfinished reply, the
-- reply becomes its head. accept_message_with_key.sql does the same for a message with a key.
--
-- Parameters:
--   @user_id, @room_id         sender and room
--   @prompt_id, @reply_id      ids of the two new messages
--   @text                      text of the prompt
--   @now, @day                 time of acceptance, and its UTC day
--   @basic_limit, @basic_head_start
--                              for a user without Pro: messages per day, and head start in
--                              microseconds
--   @pro_limit, @pro_head_start
--                              for a user with Pro; a limit below 0 means unlimited
--   @overloaded                whether new messages are rejected
--   @max_queued                how many replies of the user may be queued, 0 for any number
--
-- Returns no row if the user has no such room, or no row in turns. Otherwise one row:
--   room_rev     the room's revision before the statement
--   daily_limit  the limit of the user's plan
--   is_full      whether @max_queued replies of the user are queued; then nothing is accepted
--   used         messages of the day including this one; 0 if this one was not accepted
--
-- Lock order: user, turn, room, count (table sent), head. PostgreSQL takes the first three
-- locks in the order of the FOR clauses. The deletion of an account uses the same order.
--
-- The statement reads the rows that it locks as they are when it gets the lock. It reads
-- all other rows as they were when it began. So the room's revision, the day's count and the
-- turn are correct, no matter how long it has waited for a lock. The insert into heads compares
-- with the present rows, too.
--
-- The condition on rooms compares r.id with a parameter. So the plan uses the primary key
-- of rooms, even if the plan was made while rooms was empty.
WITH locked AS (
	SELECT r.rev, @max_queued > 0 AND t.unfinished - t.running >= @max_queued AS is_full,
		CASE WHEN u.pro_until > @now THEN @pro_limit::integer ELSE @basic_limit::integer END AS daily_limit,
		CASE WHEN u.pro_until > @now THEN @pro_head_start::bigint ELSE @basic_head_start::bigint END AS head_start
	FROM users u JOIN turns t ON t.owner = u.id JOIN rooms r ON r.owner = u.id
	WHERE u.id = @user_id AND t.owner = @user_id AND r.id = @room_id
	FOR KEY SHARE OF u FOR NO KEY UPDATE OF t FOR NO KEY UPDATE OF r
), counted AS (
	INSERT INTO sent (user_id, day, n)
	SELECT @user_id, @day, 1 FROM locked WHERE daily_limit <> 0 AND NOT @overloaded AND NOT is_full
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
SELECT locked.rev AS room_rev, locked.daily_limit, locked.is_full, coalesce(counted.used, 0) AS used
FROM locked LEFT JOIN counted ON true
