//go:build linux

package bench

import (
	"fmt"
	"strings"
	"testing"

	"github.com/kuvaka-tech/parley/tests/rig"
)

// Ten million messages in a hundred thousand rooms; each prompt is answered.
const (
	manyRooms = 100_000
	perRoom   = 50 // prompts, and as many replies
)

// Accepting costs on full tables what it costs on empty ones; reading a room
// what it costs where there are a hundredth of the rooms. Nothing here is cached.
func TestGrownTables(t *testing.T) {
	s := newStack(t)
	s.env = append(s.env, "REDIS_URL=")
	s.migrated("grown")
	s.populate("parley", 1, crowd)
	s.populate("grown", 1, manyRooms)
	s.fill("grown", manyRooms)
	small, grown := s.start("serve"), s.start("serve", "DATABASE_URL="+s.postgres.URL("grown"))
	accept := s.sender()
	s.duel("messages accepted with ten million in the tables, against none", s.load(grown, accept), s.load(small, accept))
	small.Stop(stopWithin)
	grown.Stop(stopWithin) // with what is left to be answered
	s.postgres.Exec("parley", "TRUNCATE messages CASCADE")
	s.fill("parley", crowd)
	small, grown = s.start("serve"), s.start("serve", "DATABASE_URL="+s.postgres.URL("grown"))
	for _, path := range []string{"/chatroom", fmt.Sprintf("/chatroom/%08d-0000-7000-8000-%%012x/messages", roomKind)} {
		script := s.reader(path)
		s.duel("lists of "+path+" with ten million messages, against a hundred thousand", s.load(grown, script), s.load(small, script))
	}
}

func (s *stack) load(p *rig.Parley, script string) func() float64 {
	return func() float64 { return s.wrk(clients, p.URL(), "-s", script).perSecond }
}

// fill gives the first rooms their messages. It leaves out what checks each row, which takes most of the time.
func (s *stack) fill(database string, rooms int) {
	s.Helper()
	room, prompt, reply := uuidSQL(roomKind, "r"), uuidSQL(4, "r * 1000 + n"), uuidSQL(5, "r * 1000 + n")
	of := fmt.Sprintf(" FROM generate_series(1, %d) r, generate_series(1, %d) n", rooms, perRoom)
	s.postgres.Exec(database, strings.Join([]string{
		"SET session_replication_role = replica",
		"INSERT INTO messages (id, room, content, status, created, born, rev) SELECT " + prompt + ", " + room + ", repeat('x', 100), 'done', now(), 2 * n - 1, 2 * n - 1" + of,
		"INSERT INTO messages (id, room, content, status, in_reply_to, created, born, rev, due, rank, first_claim, fence, day) SELECT " + reply + ", " + room +
			", repeat('y', 300), 'done', " + prompt + ", now(), 2 * n, 2 * n, now(), now(), now(), 1, current_date" + of,
		fmt.Sprintf("UPDATE rooms SET rev = %d", 2*perRoom),
	}, ";"))
	s.postgres.Exec(database, "VACUUM ANALYZE")
	s.postgres.Exec(database, "CHECKPOINT") // which would else write the rest in somebody's turn
}

// reader is a script for wrk that reads a path as people at random.
func (s *stack) reader(path string) string {
	s.Helper()
	return s.file("read.lua", fmt.Sprintf(`
local tokens = {"%s"}
local seed = 0
function setup(thread) seed = seed + 1; thread:set("seed", seed) end
function init() math.randomseed(seed) end
function request()
  local n = math.random(#tokens)
  return wrk.format("GET", string.format("%s", n), {["Authorization"] = "Bearer " .. tokens[n]})
end
`, strings.Join(s.tokens(crowd), `","`), path))
}
