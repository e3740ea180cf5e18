-- Makes heads claimable again: retries that are due, and running replies whose lease has
-- expired. A crashed reply gets the lowest rank, because it is still running: no other reply of
-- its owner may take its place.
--
-- Parameters:
--   @now    the current time
--   @limit  maximum number of heads
--
-- Returns the number of heads. The statement skips owners whose rows are locked, and heads that
-- have changed since it began: they have another ctid then. They may have been claimed again, but
-- the statement reads messages as they were when it began. Lock order: turns, heads.
WITH due AS (
	SELECT h.ctid AS head, h.owner, h.state FROM heads h JOIN messages m ON m.id = h.reply
	WHERE h.state <> 'ready' AND h.due <= @now AND (h.state = 'later' OR m.status = 'running' AND m.lease <= @now)
	ORDER BY h.due LIMIT @limit
), owners AS (
	SELECT owner FROM turns WHERE owner = ANY (ARRAY(SELECT owner FROM due)) FOR NO KEY UPDATE SKIP LOCKED
), returned AS (
	UPDATE heads h SET state = 'ready', rank = CASE WHEN due.state = 'running' THEN '-infinity' ELSE h.rank END
	FROM owners JOIN due USING (owner) WHERE h.ctid = head
	RETURNING h.owner, h.rank, due.state
), changes AS (
	SELECT owner, count(*) AS n, count(*) FILTER (WHERE state = 'running') AS crashed, min(rank) AS rank
	FROM returned GROUP BY owner
), updated_turns AS (
	UPDATE turns t SET ready = t.ready + n, running = t.running - crashed,
		at_limit = t.at_limit AND crashed = 0, ready_from = least(CASE WHEN t.ready > 0 THEN t.ready_from END, c.rank)
	FROM changes c WHERE t.owner = c.owner AND t.owner = ANY (ARRAY(SELECT owner FROM changes))
)
SELECT count(*) FROM returned
