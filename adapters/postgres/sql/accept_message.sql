-- Accepts a message without an idempotency key: checks that the room belongs to the
-- user, takes a unit of the day's quota, and inserts the prompt and its queued reply
-- under the next two revisions of the room. accept_message_with_key.sql does the same for
-- a message with a key.
--
-- Parameters:
--   @user_id, @room_id         sender and room
--   @prompt_id, @reply_id      ids of the two new messages
--   @text                      text of the prompt
--   @now, @day                 time of acceptance, and its UTC day
--   @basic_limit, @basic_rank  for a user without Pro: messages per day, and rank of the reply
--   @pro_limit, @pro_rank      for a user with Pro; a limit below 0 means unlimited
--   @overloaded                whether new messages are rejected
--
-- Returns no row if the user has no such room. Otherwise one row:
--   room_rev     the room's revision before the statement
--   daily_limit  the limit of the user's plan
--   used         messages of the day including this one; 0 if this one was not accepted
--
-- Lock order: user, room, count (table sent). PostgreSQL takes the locks of user and room
-- in the order of the two FOR clauses. The deletion of an account uses the same order.
--
-- The statement reads the rows that it locks as they are when it gets the lock. It reads
-- all other rows as they were when it began. So the room's revision and the day's count
-- are correct, no matter how long it has waited for a lock.
--
-- The condition on rooms compares r.id with a parameter. So the plan uses the primary key
-- of rooms, even if the plan was made while rooms was empty.
WITH locked AS (
	SELECT r.rev,
		CASE WHEN u.pro_until > @now THEN @pro_limit::integer ELSE @basic_limit::integer END AS daily_limit,
		CASE WHEN u.pro_until > @now THEN @pro_rank::timestamptz ELSE @basic_rank::timestamptz END AS rank
	FROM users u JOIN rooms r ON r.owner = u.id
	WHERE u.id = @user_id AND r.id = @room_id
	FOR KEY SHARE OF u FOR NO KEY UPDATE OF r
), counted AS (
	INSERT INTO sent (user_id, day, n)
	SELECT @user_id, @day, 1 FROM locked WHERE daily_limit <> 0 AND NOT @overloaded
	ON CONFLICT ON CONSTRAINT sent_pkey DO UPDATE SET n = sent.n + 1
	WHERE (SELECT daily_limit < 0 OR sent.n < daily_limit FROM locked) RETURNING n AS used
), inserted AS (
	INSERT INTO messages (id, room, content, status, in_reply_to, created, born, rev, due, rank, day, unit)
	SELECT id, @room_id, content, status, in_reply_to, @now, rev + n, rev + n, due, CASE WHEN unit THEN rank END, day, unit
	FROM locked, counted, (VALUES
		(1, @prompt_id::uuid, @text, 'done', NULL::uuid, NULL::timestamptz, NULL::date, false),
		(2, @reply_id::uuid, '', 'queued', @prompt_id, @now, @day, true)
	) AS m (n, id, content, status, in_reply_to, due, day, unit)
), updated_room AS (
	UPDATE rooms SET rev = rooms.rev + 2, updated = @now FROM counted WHERE rooms.id = @room_id
)
SELECT locked.rev AS room_rev, locked.daily_limit, coalesce(counted.used, 0) AS used
FROM locked LEFT JOIN counted ON true
