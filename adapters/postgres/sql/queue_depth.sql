-- Measures the queue. The time depends on the number of owners with unfinished replies, and not
-- on the number of these replies.
--
-- Parameters:
--   @now  the current time
--
-- Returns the numbers of queued and of running replies, and the due time of the oldest reply
-- that can be claimed, or NULL. An owner has unfinished replies if the turn is open, or a head
-- is not ready.
WITH owners AS (
	SELECT owner FROM turns WHERE open
	UNION
	SELECT owner FROM heads WHERE state <> 'ready'
), waiting AS (
	SELECT count(*) AS n FROM heads WHERE state = 'later' AND due > @now
)
SELECT coalesce(sum(t.unfinished - t.running), 0) - (SELECT n FROM waiting) AS queued,
	coalesce(sum(t.running), 0) AS running,
	least(min(h.due), (SELECT min(due) FROM heads WHERE state = 'later' AND due <= @now)) AS oldest_due
FROM owners o, LATERAL (SELECT * FROM turns WHERE owner = o.owner LIMIT 1) t LEFT JOIN LATERAL (
	SELECT due FROM heads
	WHERE heads.owner = t.owner AND t.open AND state = 'ready' AND rank >= t.ready_from AND due <= @now
	ORDER BY rank LIMIT 1) h ON true
