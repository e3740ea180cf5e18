//go:build linux

package bench

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/kuvaka-tech/parley/tests/client"
)

// perSender is how many messages each user sends in TestCostsOfAMessage, one after the other.
const perSender = 10

// What Postgres and Redis do for a message, from the send to the stored answer: the rows that
// Postgres inserts, updates and deletes, the bytes of its log (WAL), and the commands of Redis,
// also those inside of scripts. They hardly depend on the speed of the machine. The prompt has 100
// words, and the stand-in for the model repeats them. At most 32 users send concurrently.
//
//	go test ./tests/bench -v -rounds 1 -run TestCostsOfAMessage
func TestCostsOfAMessage(t *testing.T) {
	for _, c := range []struct {
		users   int
		latency time.Duration
	}{{1, 0}, {50, 0}, {50, 2 * time.Second}, {50, 8 * time.Second}} {
		t.Run(fmt.Sprintf("%d users, latency %s", c.users, c.latency), func(t *testing.T) {
			s := newMemoryStack(t)
			s.addDatabases()
			s.env = append(s.env, "ECHO_LATENCY="+c.latency.String())
			s.populate("parley", c.users)
			s.countCosts(c.users)
		})
	}
}

// countCosts logs the costs of the messages of the users 1 to n. They are counted after each user
// has sent one message, because the first one creates rows.
func (s *stack) countCosts(n int) {
	s.Helper()
	s.sendFrom(n, 1)
	wal := s.walBytes()
	rows, commands := s.rowsWritten(), s.redisCommands()
	s.sendFrom(n, perSender)
	wal = s.walBytes() - wal
	messages := float64(n * perSender)
	s.Logf("%.0f messages, each: %.0f bytes of WAL", messages, float64(wal)/messages)
	s.Logf("rows of Postgres: %s", perMessage(rows, s.rowsWritten(), messages))
	s.Logf("commands of Redis: %s", perMessage(commands, s.redisCommands(), messages))
}

// sendFrom starts the processes. The users 1 to n send messages, each after the answer to the one
// before. The processes stop at the end, because Postgres then counts all their statements.
func (s *stack) sendFrom(n, messages int) {
	s.Helper()
	api, worker := s.start("api"), s.start("worker")
	devices := s.devices(api, n)
	s.concurrently(n, func(i int) {
		for range messages {
			s.ask(devices[i], i+1)
		}
	})
	api.Stop(stopTimeout)
	worker.Stop(stopTimeout)
}

// ask sends a message of 100 words as user n, and waits for the answer.
func (s *stack) ask(d *client.Client, n int) {
	s.Helper()
	path := fmt.Sprintf("/chatroom/%s/message", uuid(roomKind, n))
	sent, err := d.Call("POST", path, map[string]string{"content": strings.Repeat("word ", 100)})
	if err != nil || sent.Status != http.StatusAccepted {
		s.Errorf("send: status %d %s, error %v; want 202", sent.Status, sent.Body, err)
		return
	}
	got, err := d.Call("GET", sent.Header.Get("Location")+"?wait=30", nil)
	if err != nil || got.Field("status") != "done" {
		s.Errorf("wait for the answer: %s, error %v; want status done", got.Body, err)
	}
}

// walBytes returns the position in the log of Postgres.
func (s *stack) walBytes() int {
	s.Helper()
	return s.postgres.Count("parley", "SELECT pg_wal_lsn_diff(pg_current_wal_insert_lsn(), '0/0')::bigint")
}

// rowsWritten returns the rows that were inserted, updated or deleted so far in each table of the chat.
func (s *stack) rowsWritten() map[string]int {
	s.Helper()
	rows := map[string]int{}
	for _, table := range []string{"messages", "rooms", "heads", "turns", "sent", "keys"} {
		rows[table] = s.postgres.Count("parley", "SELECT (n_tup_ins + n_tup_upd + n_tup_del)::bigint"+
			" FROM pg_stat_user_tables WHERE relname = $1", table)
	}
	return rows
}

// redisCommands returns how often each command was executed so far.
func (s *stack) redisCommands() map[string]int {
	s.Helper()
	c := s.redis.Client()
	defer c.Close()
	stats, err := c.Info(context.Background(), "commandstats").Result()
	if err != nil {
		s.Fatalf("read the counts of commands: %v", err)
	}
	commands := map[string]int{}
	for line := range strings.Lines(stats) {
		name, rest, found := strings.Cut(strings.TrimPrefix(line, "cmdstat_"), ":calls=")
		calls, err := strconv.Atoi(strings.Split(rest, ",")[0])
		if found && err == nil {
			commands[name] = calls
		}
	}
	return commands
}

// perMessage describes the differences of two counts, and their sum, each divided by n. It leaves
// out what is below 0.1.
func perMessage(before, after map[string]int, n float64) string {
	var parts []string
	total := 0.0
	for _, name := range slices.Sorted(maps.Keys(after)) {
		each := float64(after[name]-before[name]) / n
		total += each
		if each >= 0.1 {
			parts = append(parts, fmt.Sprintf("%s %.1f", name, each))
		}
	}
	return fmt.Sprintf("%.1f (%s)", total, strings.Join(parts, ", "))
}
