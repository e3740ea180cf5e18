-- Counts the users whose turn comes before one that begins now, as reply.Turn.Before.
--
-- Parameters:
--   @now         the beginning of the turn
--   @head_start  its head start, in microseconds
--   @limit       the statement stops counting here
SELECT count(*) FROM (
	SELECT FROM turns
	WHERE open AND CASE WHEN head_start = @head_start
		THEN since + served::integer * interval '30 s' < @now
		ELSE since - head_start * interval '1 us' < @now - @head_start * interval '1 us' END
	LIMIT @limit
) ahead
