-- Finds owners who seem to have a reply to claim, but have none: the previous version of the
-- program has claimed, finished or deleted it. Such owners would keep the first places. Owners whose
-- replies were all accepted after @now are not stuck, see firstTurn.isLater.
--
-- Parameters:
--   @now                    the current time
--   @head_starts, @served, @floors
--                           where to look in the index turns_open, see turnClasses
--   @limit                  how many turns of each class to examine
SELECT t.owner FROM unnest(@head_starts::bigint[], @served::boolean[], @floors::timestamptz[])
	AS c (head_start, served, floor), LATERAL (SELECT owner FROM turns
		WHERE open AND head_start = c.head_start AND served = c.served AND since >= floor AND (c.served OR since <= @now)
		ORDER BY since LIMIT @limit) t
	LEFT JOIN LATERAL (SELECT h.reply FROM heads h JOIN messages m ON m.id = h.reply
		WHERE h.owner = t.owner AND h.state = 'ready' AND m.due <= @now AND (m.status = 'queued' OR m.lease <= @now)
			AND h.reply = (SELECT o.id FROM messages o
				WHERE o.room = h.room AND o.status >= 'queued' ORDER BY o.born LIMIT 1)
		LIMIT 1) first ON true
WHERE first.reply IS NULL
