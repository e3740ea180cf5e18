package postgres_test

// wrongTurns returns a line for everything in turns and heads that does not follow from the
// messages of rooms that are not deleted, in one snapshot. $1 is the limit of running replies of a user.
const wrongTurns = `
WITH unfinished AS (
	SELECT m.id, m.room, m.status, m.born, r.owner FROM messages m JOIN rooms r ON r.id = m.room
	WHERE m.status IN ('queued', 'running') AND r.owner IS NOT NULL
), oldest AS (
	SELECT DISTINCT ON (room) room, id, status FROM unfinished ORDER BY room, born
), counts AS (
	SELECT owner, count(*) FILTER (WHERE state = 'ready') AS ready,
		count(*) FILTER (WHERE state = 'running') AS running,
		min(rank) FILTER (WHERE state = 'ready') AS ready_from, (
			SELECT count(*) FROM unfinished u WHERE u.owner = heads.owner) AS unfinished
	FROM heads GROUP BY owner
), visible AS (
	SELECT h.* FROM heads h JOIN rooms r ON r.id = h.room WHERE r.owner IS NOT NULL
)
SELECT 'head ' || coalesce(h.state, 'missing') || ' of a room whose oldest reply is ' || coalesce(o.status, 'missing')
FROM oldest o FULL JOIN visible h ON h.room = o.room
WHERE h.reply IS DISTINCT FROM o.id OR h.state = 'running' AND o.status = 'queued'
	OR h.state = 'later' AND o.status = 'running'
UNION ALL
SELECT format('turn with ready %s, running %s, unfinished %s, want %s, %s, %s',
	t.ready, t.running, t.unfinished, c.ready, c.running, c.unfinished)
FROM turns t LEFT JOIN counts c ON c.owner = t.owner
WHERE (t.ready, t.running, t.unfinished)
	IS DISTINCT FROM (coalesce(c.ready, 0), coalesce(c.running, 0), coalesce(c.unfinished, 0))
UNION ALL
SELECT format('turn that searches from %s, but a head has %s', t.ready_from, c.ready_from)
FROM turns t JOIN counts c ON c.owner = t.owner WHERE t.ready_from > c.ready_from
UNION ALL
SELECT 'owner with ' || count(*) || ' running replies' FROM unfinished
WHERE status = 'running' GROUP BY owner HAVING count(*) > $1
UNION ALL
SELECT 'running reply that is not the oldest of its room' FROM unfinished u
WHERE status = 'running' AND id NOT IN (SELECT id FROM oldest)`

// checkTurns fails the test if turns or heads do not follow from the messages.
func (f *fixture) checkTurns(perUser int) {
	f.Helper()
	rows, err := f.conn.Query(f.Context(), wrongTurns, perUser)
	f.noError(err)
	defer rows.Close()
	for rows.Next() {
		var wrong string
		f.noError(rows.Scan(&wrong))
		f.Errorf("in one snapshot there is a %s", wrong)
	}
	f.noError(rows.Err())
}
