//go:build linux

package bench

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"testing"
)

const (
	users       = 1000 // each has one room
	connections = 16
)

// Accepting a message, compared with pgbench doing the same writes in one transaction.
func TestAccept(t *testing.T) {
	s := newStack(t)
	api := s.start("api")
	for _, database := range []string{"parley", s.migrated("pgbench")} {
		s.populate(database, users)
	}
	send := s.sendScript()
	writes := s.pgbenchScript()
	s.compare("accepted messages", func() float64 {
		before := s.postgres.Count("parley", "SELECT count(*) FROM messages")
		r := s.wrk(connections, api.URL(), "-s", send)
		s.checkRows("parley", before, r.requests)
		return r.perSecond
	}, func() float64 {
		before := s.postgres.Count("pgbench", "SELECT count(*) FROM messages")
		r := s.pgbench("pgbench", writes)
		s.checkRows("pgbench", before, r.requests)
		return r.perSecond
	})
}

// checkRows fails the test unless n transactions have inserted two rows each. Requests that
// were in flight at the end may have inserted two more.
func (s *stack) checkRows(database string, before, n int) {
	s.Helper()
	rows := s.postgres.Count(database, "SELECT count(*) FROM messages") - before
	if rows < 2*n || rows > 2*(n+connections) {
		s.Fatalf("%d transactions in %s inserted %d rows, want 2 each", n, database, rows)
	}
}

// sendScript returns a script for wrk that sends messages of 100 characters as random users.
func (s *stack) sendScript() string {
	s.Helper()
	return s.sendScriptOf(s.tokens(users), roomFormat)
}

// sendScriptOf is sendScript with the tokens of the users 1 to n, and with the format of the id
// of a user's room.
func (s *stack) sendScriptOf(tokens []string, room string) string {
	s.Helper()
	return s.wrkScriptOf("send.lua", tokens, fmt.Sprintf(`
local body = '{"content":"' .. string.rep("x", 100) .. '"}'
function request()
  local n = math.random(#tokens)
  return wrk.format("POST", string.format("/chatroom/%s/message", n),
    {["Authorization"] = "Bearer " .. tokens[n], ["Content-Type"] = "application/json"}, body)
end
`, room))
}

// pgbenchScript returns a script for pgbench with the writes of accepting a message.
func (s *stack) pgbenchScript() string {
	s.Helper()
	user, room := uuidSQL(userKind, ":n::integer"), uuidSQL(roomKind, ":n::integer")
	// A UUIDv7: new ids sort last, as those of Parley do.
	newID := `(lpad(to_hex((extract(epoch FROM clock_timestamp()) * 1000)::bigint), 12, '0')
		|| '7' || substr(md5(random()::text), 1, 3) || '8' || substr(md5(random()::text), 1, 15))::uuid`
	return s.file("writes.sql", fmt.Sprintf(`\set n random(1, %d)
BEGIN;
UPDATE rooms SET rev = rev + 2, updated = now() WHERE id = %s RETURNING rev \gset
INSERT INTO sent (user_id, day, n) VALUES (%s, current_date, 1)
ON CONFLICT (user_id, day) DO UPDATE SET n = sent.n + 1;
WITH prompt AS (
	INSERT INTO messages (id, room, content, status, created, born, rev)
	VALUES (%s, %s, repeat('x', 100), 'done', now(), :rev::bigint - 1, :rev::bigint - 1) RETURNING id
)
INSERT INTO messages (id, room, status, in_reply_to, created, born, rev, due, rank, day, unit)
SELECT %s, %s, 'queued', id, now(), :rev::bigint, :rev::bigint, now(), now(), current_date, true FROM prompt;
COMMIT;
`, users, room, user, newID, room, newID, room))
}

var (
	transactions = regexp.MustCompile(`number of transactions actually processed: (\d+)`)
	tps          = regexp.MustCompile(`tps = ([0-9.]+)`)
)

// pgbench runs a script in a database and returns the number of transactions.
func (s *stack) pgbench(database, script string) (r result) {
	s.Helper()
	out, err := exec.Command("pgbench", "-n", "-M", "prepared", "-c", strconv.Itoa(connections), "-j", "2",
		"-T", strconv.Itoa(int(duration.Seconds())), "-f", script,
		"-h", "127.0.0.1", "-p", strconv.Itoa(s.postgres.Port), "-U", "postgres", database).CombinedOutput()
	if err != nil {
		s.Fatalf("run pgbench: %v\n%s", err, out)
	}
	if r.requests, err = strconv.Atoi(string(group(transactions, out))); err != nil {
		s.Fatalf("parse the output of pgbench: %v\n%s", err, out)
	}
	if r.perSecond, err = strconv.ParseFloat(string(group(tps, out)), 64); err != nil {
		s.Fatalf("parse the output of pgbench: %v\n%s", err, out)
	}
	return r
}

// file writes a file that is deleted with the test, and returns its path.
func (s *stack) file(name, text string) string {
	s.Helper()
	path := filepath.Join(s.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		s.Fatalf("write %s: %v", name, err)
	}
	return path
}
