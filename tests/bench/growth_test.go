//go:build linux

package bench

import (
	"fmt"
	"strings"
	"testing"

	"github.com/kuvaka-tech/parley/tests/rig"
)

// Ten million messages in a hundred thousand rooms. Every prompt has a reply.
const (
	manyRooms = 100_000
	perRoom   = 50 // prompts, and the same number of replies
)

// Accepting with ten million messages is compared with empty tables, and reading with a
// hundredth of the rooms. There is no cache.
func TestGrowth(t *testing.T) {
	s := newStack(t)
	s.env = append(s.env, "REDIS_URL=")
	s.migrated("grown")
	s.populate("parley", users)
	s.populate("grown", manyRooms)
	s.fill("grown", manyRooms)
	small, grown := s.start("serve"), s.start("serve", "DATABASE_URL="+s.postgres.URL("grown"))
	accept := s.sendScript()
	s.compare("messages accepted with ten million in the tables, compared with none",
		s.load(grown, accept), s.load(small, accept))
	small.Stop(stopTimeout)
	grown.Stop(stopTimeout) // and its worker has answered what it can
	s.postgres.Exec("parley", "TRUNCATE messages CASCADE")
	s.fill("parley", users)
	small, grown = s.start("serve"), s.start("serve", "DATABASE_URL="+s.postgres.URL("grown"))
	for _, path := range []string{"/chatroom", fmt.Sprintf("/chatroom/%08d-0000-7000-8000-%%012x/messages", roomKind)} {
		script := s.readScript(path)
		s.compare("GET "+path+" with ten million messages, compared with a hundred thousand",
			s.load(grown, script), s.load(small, script))
	}
}

// load returns a function that runs a wrk script and returns requests per second.
func (s *stack) load(p *rig.Parley, script string) func() float64 {
	return func() float64 { return s.wrk(connections, p.URL(), "-s", script).perSecond }
}

const (
	// dropIndexes drops the indexes of messages that are not constraints. To create them after the
	// rows takes less time.
	dropIndexes = `CREATE TEMP TABLE dropped AS SELECT indexname, indexdef FROM pg_indexes
		WHERE tablename = 'messages' AND indexname NOT IN (SELECT conname FROM pg_constraint);
		DO $$ DECLARE name text; BEGIN
			FOR name IN SELECT indexname FROM dropped LOOP EXECUTE 'DROP INDEX ' || name; END LOOP;
		END $$`

	// createIndexes creates the indexes again that dropIndexes has dropped.
	createIndexes = `SET maintenance_work_mem = '1GB';
		DO $$ DECLARE definition text; BEGIN
			FOR definition IN SELECT indexdef FROM dropped LOOP EXECUTE definition; END LOOP;
		END $$`
)

// fill inserts the messages of the first rooms. It disables triggers and foreign keys, which
// would take most of the time.
func (s *stack) fill(database string, rooms int) {
	s.Helper()
	room := uuidSQL(roomKind, "r")
	prompt := uuidSQL(4, "r * 1000 + n")
	reply := uuidSQL(5, "r * 1000 + n")
	from := fmt.Sprintf(" FROM generate_series(1, %d) r, generate_series(1, %d) n", rooms, perRoom)
	s.postgres.Exec(database, strings.Join([]string{
		"SET session_replication_role = replica",
		dropIndexes,
		"INSERT INTO messages (id, room, content, status, created, born, rev)" +
			" SELECT " + prompt + ", " + room + ", repeat('x', 100), 'done', now(), 2 * n - 1, 2 * n - 1" + from,
		"INSERT INTO messages (id, room, content, status, in_reply_to, created, born, rev, due, rank, first_claim," +
			" fence, day) SELECT " + reply + ", " + room + ", repeat('y', 300), 'done', " + prompt +
			", now(), 2 * n, 2 * n, now(), now(), now(), 1, current_date" + from,
		createIndexes,
		fmt.Sprintf("UPDATE rooms SET rev = %d", 2*perRoom),
	}, ";"))
	s.postgres.Exec(database, "VACUUM ANALYZE")
	s.postgres.Exec(database, "CHECKPOINT") // now, so that it does not disturb a measurement
}

// readScript returns a script for wrk that reads a path as random users.
func (s *stack) readScript(path string) string {
	s.Helper()
	return s.wrkScript("read.lua", fmt.Sprintf(`
function request()
  local n = math.random(#tokens)
  return wrk.format("GET", string.format("%s", n), {["Authorization"] = "Bearer " .. tokens[n]})
end
`, path))
}
