//go:build linux

package bench

import (
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/kuvaka-tech/parley/tests/client"
)

const (
	allRooms    = 2_000 // half of them are of one user
	roomSize    = 50    // prompts, and the same number of replies
	searchTries = 20    // searches in a round
)

// A search in the 100,000 messages of a user, in 1,000 rooms. As many messages of other users
// lie between them in the table. A prompt has 20 words, and its reply has 100. Wanted: a 95th
// percentile of 300 ms, whatever the query finds.
//
//	go test ./tests/bench -v -rounds 5 -run TestSearch
func TestSearch(t *testing.T) {
	s := newStack(t)
	api := s.start("api")
	s.populate("parley", allRooms)
	s.fillForSearch("parley")
	d := s.devices(api, 1)[0]
	_, _ = d.Call("GET", "/search?q=warm", nil) // reads the tables into the memory of Postgres
	for _, c := range []struct {
		what, query string
		found       int
	}{
		{"nothing", "nowhere to be found", 0},
		{"nothing, in Cyrillic", "нигде не найти", 0},
		{"nothing, with letters that have many variants", "kiss kiss", 0},
		{"one message", "hedgehog 4711,", 1},
		{"half of the messages", "今天天气很好", 50},
		{"every message", "LAZY dog", 50},
		{"every message, by one letter", "o", 50},
	} {
		var took []time.Duration
		for range searchTries * *rounds {
			took = append(took, s.timeSearch(d, c.query, c.found))
		}
		t.Logf("a search that finds %s: median %s, 95th percentile %s", c.what, quantile(took, .5), quantile(took, .95))
	}
}

// fillForSearch gives the first half of the rooms to user 1 and inserts messages in the order in
// which they would arrive, so that those of a room are not neighbours in the table.
func (s *stack) fillForSearch(database string) {
	s.Helper()
	number := fmt.Sprintf("(n - 1) * %d + r", allRooms)
	room, prompt, reply := uuidSQL(roomKind, "r"), uuidSQL(4, number), uuidSQL(5, number)
	const fox = "'The quick brown fox jumps over the lazy dog. '"
	from := fmt.Sprintf(" FROM generate_series(1, %d) n, generate_series(1, %d) r, generate_series(0, 1) isreply"+
		" ORDER BY n, r, isreply", roomSize, allRooms)
	s.postgres.Exec(database, strings.Join([]string{
		"SET session_replication_role = replica",
		fmt.Sprintf("UPDATE rooms SET owner = %s, rev = %d WHERE id <= %s",
			uuidSQL(userKind, "1"), 2*roomSize, uuidSQL(roomKind, strconv.Itoa(allRooms/2))),
		"INSERT INTO messages (id, room, content, status, in_reply_to, created, born, rev, due, rank, first_claim," +
			" fence, day) SELECT CASE isreply WHEN 0 THEN " + prompt + " ELSE " + reply + " END, " + room +
			", CASE isreply WHEN 0 THEN repeat(" + fox + ", 2) ELSE repeat(" + fox + ", 11) || '今天天气很好' END" +
			" || 'Hedgehog ' || " + number + " || CASE isreply WHEN 0 THEN ',' ELSE '.' END, 'done'" +
			", CASE isreply WHEN 1 THEN " + prompt + " END" +
			", now() + n * interval '1 minute', 2 * n - 1 + isreply, 2 * n - 1 + isreply, now(), now(), now(), 1" +
			", current_date" + from,
	}, ";"))
	s.postgres.Exec(database, "VACUUM ANALYZE")
	s.postgres.Exec(database, "CHECKPOINT") // now, so that it does not disturb a measurement
}

// timeSearch returns the time of a search whose first page has this number of messages. It first
// empties Redis, which has the rate limit of searches.
func (s *stack) timeSearch(d *client.Client, query string, found int) time.Duration {
	s.Helper()
	s.redis.Flush()
	began := time.Now()
	r, err := d.Call("GET", "/search?q="+url.QueryEscape(query), nil)
	took := time.Since(began)
	if err != nil || r.Status != http.StatusOK || strings.Count(string(r.Body), `"snippet":`) != found {
		s.Fatalf("search for %q: status %d, error %v; want 200 with %d messages: %.500s",
			query, r.Status, err, found, r.Body)
	}
	return took
}
