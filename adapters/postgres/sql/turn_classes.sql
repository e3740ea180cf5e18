-- Finds the owner who is first in each class of turns: those with one head start, served or
-- not. It skips from class to class in the index turns_open.
WITH RECURSIVE first AS (
	(SELECT head_start, served, since, owner FROM turns WHERE open ORDER BY head_start, served, since LIMIT 1)
	UNION ALL
	SELECT next.* FROM first, LATERAL (SELECT head_start, served, since, owner FROM turns
		WHERE open AND (head_start, served) > (first.head_start, first.served)
		ORDER BY head_start, served, since LIMIT 1) next
)
SELECT head_start, served, since, owner FROM first
