-- Finds owners whose counters in turns are wrong, among the next owners. Also finds an owner with a
-- head whose reply is finished, or has a lease although the head is not running.
--
-- Parameters:
--   @now    the current time
--   @after  only owners with higher ids
--   @limit  the number of owners
--
-- Returns the last owner of the page, or '', and a broken one, as broken_rooms.sql does.
--
-- LIMIT and OFFSET in the subqueries make the plan look up each row by its key, also if the plan
-- was made while the tables were empty.
WITH page AS MATERIALIZED (
	SELECT owner, ready, running, unfinished FROM turns WHERE owner > @after ORDER BY owner LIMIT @limit
), broken AS (
	SELECT p.owner FROM page p, LATERAL (
		SELECT count(*) AS n, count(*) FILTER (WHERE state = 'ready') AS ready,
			count(*) FILTER (WHERE state = 'running') AS running,
			bool_or(m.status NOT IN ('queued', 'running') OR state <> 'running' AND m.lease > @now) AS wrong
		FROM heads, LATERAL (SELECT status, lease FROM messages WHERE id = reply LIMIT 1) m
		WHERE heads.owner = p.owner) h, LATERAL (
		SELECT count(*) AS n FROM rooms r, LATERAL (SELECT FROM messages
			WHERE room = r.id AND status >= 'queued' ORDER BY born OFFSET 0) m
		WHERE r.owner = p.owner) m
	WHERE (p.ready + p.running + p.unfinished > 0 OR h.n > 0)
		AND (h.wrong OR (p.ready, p.running, p.unfinished) IS DISTINCT FROM (h.ready, h.running, m.n))
)
SELECT last.last, coalesce(broken.owner::text, '') AS owner
FROM (SELECT CASE WHEN count(*) < @limit THEN '' ELSE max(owner::text) END AS last FROM page) last
	LEFT JOIN broken ON true
