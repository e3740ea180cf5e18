//go:build linux

package bench

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// crowd is how many people send, each in a room of their own; clients is how many at once.
const crowd, clients = 1000, 16

// Accepting a message, against the same writes by pgbench in one transaction.
func TestAccept(t *testing.T) {
	s := newStack(t)
	api := s.start("api")
	for _, database := range []string{"parley", s.migrated("pgbench")} {
		s.populate(database, 1, crowd)
	}
	send, writes := s.sender(), s.writes()
	s.duel("accepted messages", func() float64 {
		before := s.postgres.Count("parley", "SELECT count(*) FROM messages")
		r := s.wrk(clients, api.URL(), "-s", send)
		s.wrote("parley", before, r.requests)
		return r.perSecond
	}, func() float64 {
		before := s.postgres.Count("pgbench", "SELECT count(*) FROM messages")
		n, tps := s.pgbench(writes)
		s.wrote("pgbench", before, n)
		return tps
	})
}

// wrote fails the test unless n transactions have left two rows each; those
// that were cut off at the end may have left theirs, too.
func (s *stack) wrote(database string, before, n int) {
	s.Helper()
	if rows := s.postgres.Count(database, "SELECT count(*) FROM messages") - before; rows < 2*n || rows > 2*(n+clients) {
		s.Fatalf("%d transactions in %s left %d rows", n, database, rows)
	}
}

// sender is a script for wrk that sends messages of 100 characters as people at random.
func (s *stack) sender() string {
	s.Helper()
	return s.file("send.lua", fmt.Sprintf(`
local tokens = {"%s"}
local seed = 0
function setup(thread) seed = seed + 1; thread:set("seed", seed) end
function init() math.randomseed(seed) end
local body = '{"content":"' .. string.rep("x", 100) .. '"}'
function request()
  local n = math.random(#tokens)
  return wrk.format("POST", string.format("/chatroom/%08d-0000-7000-8000-%%012x/message", n),
    {["Authorization"] = "Bearer " .. tokens[n], ["Content-Type"] = "application/json"}, body)
end
`, strings.Join(s.tokens(crowd), `","`), roomKind))
}

// writes is a script for pgbench of what accepting a message writes.
func (s *stack) writes() string {
	s.Helper()
	user, room := uuidSQL(userKind, ":n::integer"), uuidSQL(roomKind, ":n::integer")
	// As a UUIDv7: what was made last sorts last.
	fresh := `(lpad(to_hex((extract(epoch FROM clock_timestamp()) * 1000)::bigint), 12, '0') || '7' || substr(md5(random()::text), 1, 3) || '8' || substr(md5(random()::text), 1, 15))::uuid`
	return s.file("writes.sql", fmt.Sprintf(`\set n random(1, %d)
BEGIN;
UPDATE rooms SET rev = rev + 2, updated = now() WHERE id = %s RETURNING rev \gset
INSERT INTO sent (user_id, day, n) VALUES (%s, current_date, 1) ON CONFLICT (user_id, day) DO UPDATE SET n = sent.n + 1;
WITH prompt AS (
	INSERT INTO messages (id, room, content, status, created, born, rev)
	VALUES (%s, %s, repeat('x', 100), 'done', now(), :rev::bigint - 1, :rev::bigint - 1) RETURNING id
)
INSERT INTO messages (id, room, status, in_reply_to, created, born, rev, due, rank, day, unit)
SELECT %s, %s, 'queued', id, now(), :rev::bigint, :rev::bigint, now(), now(), current_date, true FROM prompt;
COMMIT;
`, crowd, room, user, fresh, room, fresh, room))
}

var (
	transactions = regexp.MustCompile(`number of transactions actually processed: (\d+)`)
	tps          = regexp.MustCompile(`tps = ([0-9.]+)`)
)

// pgbench returns how many transactions it did, and how many a second.
func (s *stack) pgbench(script string) (n int, perSecond float64) {
	s.Helper()
	out, err := exec.Command("pgbench", "-n", "-M", "prepared", "-c", strconv.Itoa(clients), "-j", "2", "-T", strconv.Itoa(int(lasts.Seconds())),
		"-f", script, "-h", "127.0.0.1", "-p", strconv.Itoa(s.postgres.Port), "-U", "postgres", "pgbench").CombinedOutput()
	if err != nil {
		s.Fatalf("pgbench: %v\n%s", err, out)
	}
	if n, err = strconv.Atoi(string(group(transactions, out))); err != nil {
		s.Fatalf("pgbench said: %s", out)
	}
	if perSecond, err = strconv.ParseFloat(string(group(tps, out)), 64); err != nil {
		s.Fatalf("pgbench said: %s", out)
	}
	return n, perSecond
}

func (s *stack) file(name, text string) string {
	s.Helper()
	path := filepath.Join(s.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		s.Fatal(err)
	}
	return path
}
