-- Finds owners of rooms whose head is missing or wrong, among the next rooms with unfinished
-- replies. A head may be ready while its reply is running, but only if the lease has expired.
--
-- Parameters:
--   @now    the current time
--   @after  only rooms with higher ids
--   @limit  the number of rooms
--
-- Returns the last room of the page, or '' if it is the last page, and the owner of a broken
-- room. Returns one row with owner '' if no room of the page is broken.
--
-- LIMIT in the subqueries makes the plan look up each row by its key, also if the plan was made
-- while the tables were empty.
WITH RECURSIVE oldest AS (
	(SELECT room, id, status, due, lease, 1 AS n FROM messages
	WHERE status >= 'queued' AND room > @after ORDER BY room, born LIMIT 1)
	UNION ALL
	SELECT next.*, oldest.n + 1 FROM oldest, LATERAL (SELECT room, id, status, due, lease FROM messages
		WHERE status >= 'queued' AND room > oldest.room ORDER BY room, born LIMIT 1) next
	WHERE oldest.n < @limit
), broken AS (
	SELECT DISTINCT r.owner FROM oldest o, LATERAL (SELECT owner FROM rooms WHERE id = o.room LIMIT 1) r
		LEFT JOIN LATERAL (SELECT reply, state, due FROM heads WHERE room = o.room LIMIT 1) h ON true
	WHERE h.reply IS DISTINCT FROM o.id OR h.due <> o.due OR h.state = 'running' AND o.status = 'queued'
		OR h.state <> 'running' AND o.lease > @now
)
SELECT page.last, coalesce(broken.owner::text, '') AS owner
FROM (SELECT CASE WHEN count(*) < @limit THEN '' ELSE max(room::text) END AS last FROM oldest) page
	LEFT JOIN broken ON true
