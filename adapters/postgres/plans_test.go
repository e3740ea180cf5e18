package postgres_test

import (
	"strings"
	"testing"
	"time"

	"github.com/kuvaka-tech/parley/adapters/postgres"
	"github.com/kuvaka-tech/parley/core/chat"
	"github.com/kuvaka-tech/parley/core/id"
)

// fill makes 2,000 users with 2 rooms each, in each room 5 answered prompts and,
// in every tenth, one that waits; and for the first user a room with 2,000 prompts: some 45,000 messages.
const fill = `
INSERT INTO users (id, number, name, created, proven)
	SELECT gen_random_uuid(), '+99' || lpad(i::text, 9, '0'), 'u', now(), CASE WHEN i % 50 > 0 THEN now() END FROM generate_series(1, 2000) i;
INSERT INTO sessions (id, user_id, opened, expires) SELECT gen_random_uuid(), id, now(), now() + interval '1 day' * random() FROM users, generate_series(1, 2);
INSERT INTO rooms (id, owner, name, created, updated, rev)
	SELECT gen_random_uuid(), id, 'r', now(), now() - interval '1 day' * random(), 12 FROM users, generate_series(1, 2);
CREATE TEMP TABLE turns AS SELECT r.id AS room, n, gen_random_uuid() AS prompt FROM rooms r, generate_series(1, 5) n;
INSERT INTO messages (id, room, content, status, created, born, rev) SELECT prompt, room, 'hoo', 'done', now(), 2 * n - 1, 2 * n - 1 FROM turns;
INSERT INTO messages (id, room, content, status, in_reply_to, created, born, rev, due, rank, day)
	SELECT gen_random_uuid(), room, 'hoo', 'done', prompt, now(), 2 * n, 2 * n, now(), now(), current_date FROM turns;
CREATE TEMP TABLE last AS SELECT id AS room, gen_random_uuid() AS prompt FROM (SELECT id, row_number() OVER () i FROM rooms) r WHERE i % 10 = 0;
INSERT INTO messages (id, room, content, status, created, born, rev) SELECT prompt, room, 'hoo', 'done', now(), 11, 11 FROM last;
INSERT INTO messages (id, room, status, in_reply_to, created, born, rev, due, rank, day, unit)
	SELECT gen_random_uuid(), room, 'queued', prompt, now(), 12, 12, now(), now(), current_date, true FROM last;
INSERT INTO rooms (id, owner, name, created, updated, rev) SELECT gen_random_uuid(), id, 'long', now(), now(), 4000 FROM users WHERE number = '+99000000001';
CREATE TEMP TABLE talks AS SELECT r.id AS room, n, gen_random_uuid() AS prompt FROM rooms r, generate_series(1, 2000) n WHERE name = 'long';
INSERT INTO messages (id, room, content, status, created, born, rev) SELECT prompt, room, 'hoo', 'done', now(), 2 * n - 1, 2 * n - 1 FROM talks;
INSERT INTO messages (id, room, content, status, in_reply_to, created, born, rev, due, rank, day)
	SELECT gen_random_uuid(), room, 'hoo', 'done', prompt, now(), 2 * n, 2 * n, now(), now(), current_date FROM talks;
INSERT INTO keys (user_id, key, hash, prompt, at) SELECT r.owner, t.prompt::text, sha256('a'), t.prompt, now() FROM turns t JOIN rooms r ON r.id = t.room;
INSERT INTO sent (user_id, day, n) SELECT id, current_date - n, 3 FROM users, generate_series(0, 4) n;
INSERT INTO subscriptions (user_id, customer, version) SELECT id, 'cus_' || number, 1 FROM users;
INSERT INTO events (id, at) SELECT 'evt_' || i, now() FROM generate_series(1, 2000) i;
INSERT INTO codes (purpose, number, nonce, mac, expires) SELECT 'login', number, '\x00112233445566778899aabbccddeeff', sha256('a'), now() + interval '1 hour' FROM users;
INSERT INTO guesses (number, wrong, last) SELECT number, 1, now() FROM users;
ANALYZE users, sessions, rooms, messages, keys, sent, subscriptions, events, codes, guesses`

// Tables of which a statement that runs for each request must not read all rows.
var big = map[string]bool{"users": true, "sessions": true, "rooms": true, "messages": true, "keys": true, "sent": true, "subscriptions": true, "events": true}

// partial are the indexes of a few rows of such a table.
var partial = map[string]bool{"messages_waiting": true, "messages_head": true, "messages_ready": true, "messages_aside": true,
	"messages_one_running": true, "messages_running": true, "users_unproven": true}

// indexes are those by which the statements find their rows.
var indexes = map[string]string{
	"accept": "users_pkey rooms_pkey", "accept under a key": "users_pkey rooms_pkey keys_pkey", "replay": "sent_pkey messages_pkey messages_one_reply",
	"rooms": "rooms_recent", "rooms after": "rooms_recent", "room": "rooms_pkey", "delete a room": "rooms_pkey",
	"message": "rooms_pkey messages_pkey", "newest page": "rooms_pkey messages_born_key", "page before": "rooms_pkey messages_born_key",
	"page after": "rooms_pkey messages_rev_key", "used": "sent_pkey",
	"claim": "messages_ready messages_aside messages_running messages_head rooms_pkey messages_pkey", "renew": "messages_pkey", "renew many": "messages_pkey", "finish": "messages_pkey rooms_pkey sent_pkey",
	"next": "messages_head messages_aside", "spent": "spend_pkey", "depth": "messages_waiting", "session": "sessions_pkey", "sessions of a user": "sessions_user",
	"user": "users_pkey", "number": "users_number_key", "customer": "subscriptions_customer",
	"due":   "subscriptions_due subscriptions_pkey",
	"erase": "users_pkey guesses_pkey codes_pkey",
	"purge": "users_unproven sessions_expires keys_at sent_day events_at",
}

// sorting statements may read all that they choose from, to return the first few in order.
var sorting = map[string]bool{"claim": true, "next": true}

func TestStatementsUseIndexes(t *testing.T) {
	s := newSchema(t)
	d, session := s.filled()
	for _, mode := range []string{"force_custom_plan", "force_generic_plan"} {
		s.exec(`SET plan_cache_mode = ` + mode)
		for _, statement := range postgres.Statements(d, session) {
			t.Run(mode+" "+statement.Name, func(t *testing.T) { s.explain(statement).judge(t, statement.Name) })
		}
	}
}

func (p plan) judge(t *testing.T, name string) {
	if whole := p.find(plan.whole); whole != "" {
		t.Errorf("all of %s is read", whole)
	}
	if sorted := p.find(plan.sorted); sorted != "" && !sorting[name] {
		t.Errorf("more than is returned is read, and sorted by %s", sorted)
	}
	if indexes[name] == "" {
		t.Error("no index is named for it")
	}
	for _, want := range strings.Fields(indexes[name]) {
		if p.find(func(p plan) string { return p.uses(want) }) == "" {
			t.Errorf("%s is not used", want)
		}
	}
}

// A plan that the pool makes for empty tables is the one it keeps when they are full.
func TestPlansThatStay(t *testing.T) {
	s := newSchema(t)
	db := s.open()
	s.planAs(db, poolSettings...)
	s.exec(`VACUUM keys, sent, sessions, codes, guesses, events, subscriptions`) // known to be empty, as retention may leave them
	d := chat.Draft{User: s.id(), Room: s.id(), Prompt: s.id(), Reply: s.id(), Key: "a", Text: "hoo", Now: time.Now()}
	for _, statement := range postgres.Statements(d, s.id()) {
		p := s.explain(statement)
		if whole := p.find(plan.whole); whole != "" {
			t.Errorf("%s: all of %s is read", statement.Name, whole)
		}
		if statement.Name == "claim" && p.find(func(p plan) string { return p.uses("messages_running") }) == "" {
			t.Error("a claim reads all that runs for each owner")
		}
	}
}

// What the tests above look for must be seen when it is there.
func TestBadPlansAreSeen(t *testing.T) {
	s := newSchema(t)
	d, _ := s.filled()
	all := s.explain(postgres.Statement{SQL: `WITH changed AS (UPDATE messages SET error = '' WHERE content = $1 RETURNING id) SELECT count(*) FROM changed`, Args: []any{"x"}})
	if got := all.find(plan.whole); got != "messages" {
		t.Errorf("the plan reads all of %q", got)
	}
	sorted := s.explain(postgres.Statement{SQL: `SELECT (SELECT id FROM messages WHERE room = $1 ORDER BY created LIMIT 1)`, Args: []any{d.Room}})
	if got := sorted.find(plan.sorted); got != "messages.created" {
		t.Errorf("the plan sorts by %q", got)
	}
}

// filled fills the schema, and returns a draft for its longest room and a session of the room's owner.
func (s *schema) filled() (d chat.Draft, session id.ID) {
	s.Helper()
	db := s.open()
	s.planAs(db, "random_page_cost")
	s.exec(fill)
	d = chat.Draft{Prompt: s.id(), Key: "a", Text: "hoo", Now: time.Now(), Basic: chat.Terms{Limit: 5}}
	d.Room, d.User = one[id.ID](s, `SELECT id::text FROM rooms WHERE name = 'long'`), one[id.ID](s, `SELECT owner::text FROM rooms WHERE name = 'long'`)
	d.Reply = one[id.ID](s, `SELECT id::text FROM messages WHERE room = $1 AND born = 4000`, d.Room)
	return d, one[id.ID](s, `SELECT id::text FROM sessions WHERE user_id = $1 LIMIT 1`, d.User)
}

// poolSettings are those by which the pool plans.
var poolSettings = []string{"random_page_cost", "plan_cache_mode", "enable_seqscan", "enable_hashjoin", "enable_mergejoin"}

// planAs sets what the pool's connections have set.
func (s *schema) planAs(db *postgres.DB, settings ...string) {
	s.Helper()
	for _, setting := range settings {
		value, err := db.Setting(s.Context(), setting)
		s.ok(err)
		s.exec(`SET ` + setting + ` = ` + value)
	}
}
