package postgres_test

import (
	"strings"
	"testing"
	"time"

	"github.com/kuvaka-tech/parley/adapters/postgres"
	"github.com/kuvaka-tech/parley/core/chat"
	"github.com/kuvaka-tech/parley/core/id"
	"github.com/kuvaka-tech/parley/core/plan"
)

// fill inserts 2,000 users with 2 rooms each. Each room has 5 answered prompts, and
// every tenth room has one more prompt that waits. The first user has another room
// with 2,000 prompts. In total there are about 45,000 messages.
const fill = `
INSERT INTO users (id, number, name, created, proven)
	SELECT gen_random_uuid(), '+99' || lpad(i::text, 9, '0'), 'u', now(), CASE WHEN i % 50 > 0 THEN now() END
	FROM generate_series(1, 2000) i;
INSERT INTO sessions (id, user_id, opened, expires)
	SELECT gen_random_uuid(), id, now(), now() + interval '1 day' * random() FROM users, generate_series(1, 2);
INSERT INTO rooms (id, owner, name, created, updated, rev)
	SELECT gen_random_uuid(), id, 'r', now(), now() - interval '1 day' * random(), 12
	FROM users, generate_series(1, 2);

CREATE TEMP TABLE answered AS
	SELECT r.id AS room, n, gen_random_uuid() AS prompt FROM rooms r, generate_series(1, 5) n;
INSERT INTO messages (id, room, content, status, created, born, rev)
	SELECT prompt, room, 'hoo', 'done', now(), 2 * n - 1, 2 * n - 1 FROM answered;
INSERT INTO messages (id, room, content, status, in_reply_to, created, born, rev, due, rank, day)
	SELECT gen_random_uuid(), room, 'hoo', 'done', prompt, now(), 2 * n, 2 * n, now(), now(), current_date
	FROM answered;

CREATE TEMP TABLE waiting AS SELECT id AS room, gen_random_uuid() AS prompt
	FROM (SELECT id, row_number() OVER () i FROM rooms) r WHERE i % 10 = 0;
INSERT INTO messages (id, room, content, status, created, born, rev)
	SELECT prompt, room, 'hoo', 'done', now(), 11, 11 FROM waiting;
INSERT INTO messages (id, room, status, in_reply_to, created, born, rev, due, rank, day, unit)
	SELECT gen_random_uuid(), room, 'queued', prompt, now(), 12, 12, now(), now(), current_date, true FROM waiting;

INSERT INTO heads (room, owner, reply, state, rank, due)
	SELECT m.room, r.owner, m.id, 'ready', m.rank, m.due FROM messages m JOIN rooms r ON r.id = m.room
	WHERE m.status = 'queued';
INSERT INTO turns (owner, since, ready, unfinished, ready_from)
	SELECT u.id, now(), count(h.room), count(h.room), min(h.rank)
	FROM users u LEFT JOIN heads h ON h.owner = u.id GROUP BY u.id;

INSERT INTO rooms (id, owner, name, created, updated, rev)
	SELECT gen_random_uuid(), id, 'long', now(), now(), 4000 FROM users WHERE number = '+99000000001';
CREATE TEMP TABLE long AS
	SELECT r.id AS room, n, gen_random_uuid() AS prompt FROM rooms r, generate_series(1, 2000) n WHERE name = 'long';
INSERT INTO messages (id, room, content, status, created, born, rev)
	SELECT prompt, room, 'hoo', 'done', now(), 2 * n - 1, 2 * n - 1 FROM long;
INSERT INTO messages (id, room, content, status, in_reply_to, created, born, rev, due, rank, day)
	SELECT gen_random_uuid(), room, 'hoo', 'done', prompt, now(), 2 * n, 2 * n, now(), now(), current_date FROM long;

INSERT INTO keys (user_id, key, hash, prompt, at)
	SELECT r.owner, a.prompt::text, sha256('a'), a.prompt, now() FROM answered a JOIN rooms r ON r.id = a.room;
INSERT INTO versions (message, n, content, status, created) SELECT prompt, 1, 'hoo', 'done', now() FROM answered;
INSERT INTO summaries (room, text, through) SELECT id, 'hoo', 4 FROM rooms;
INSERT INTO deleted_rooms (room, owner) SELECT gen_random_uuid(), id FROM users, generate_series(1, 2);
INSERT INTO sent (user_id, day, n) SELECT id, current_date - n, 3 FROM users, generate_series(0, 4) n;
INSERT INTO subscriptions (user_id, customer, version) SELECT id, 'cus_' || number, 1 FROM users;
INSERT INTO events (id, at) SELECT 'evt_' || i, now() FROM generate_series(1, 2000) i;
INSERT INTO erasures (user_id) SELECT gen_random_uuid() FROM generate_series(1, 2000);
INSERT INTO codes (purpose, number, nonce, mac, expires)
	SELECT 'login', number, '\x00112233445566778899aabbccddeeff', sha256('a'), now() + interval '1 hour' FROM users;
INSERT INTO guesses (number, wrong, last) SELECT number, 1, now() FROM users;
INSERT INTO signups (id, number, name, created) SELECT id, number, 'u', now() FROM users;
ANALYZE users, signups, sessions, rooms, deleted_rooms, messages, versions, summaries, keys, sent, subscriptions,
	events, codes, guesses, turns, heads, erasures`

// largeTables are the tables that a statement of a request must not read completely.
var largeTables = map[string]bool{
	"users":         true,
	"signups":       true,
	"sessions":      true,
	"rooms":         true,
	"deleted_rooms": true,
	"messages":      true,
	"versions":      true,
	"summaries":     true,
	"keys":          true,
	"sent":          true,
	"turns":         true,
	"heads":         true,
	"subscriptions": true,
	"events":        true,
	"erasures":      true,
}

// partialIndexes are indexes that contain only a few rows of a large table.
var partialIndexes = map[string]bool{
	"messages_unfinished":  true,
	"messages_one_running": true,
	"turns_open":           true,
	"heads_waiting":        true,
	"users_unproven":       true,
}

// wantIndexes are the indexes that each statement must use.
var wantIndexes = map[string]string{
	"lock turns":             "turns_pkey",
	"lock sender":            "users_pkey turns_pkey rooms_pkey",
	"accept":                 "users_pkey turns_pkey rooms_pkey sent_pkey keys_pkey",
	"first use of a key":     "sent_pkey messages_pkey messages_one_reply keys_pkey",
	"lock room":              "users_pkey turns_pkey rooms_pkey",
	"lock message":           "messages_pkey",
	"lock last reply":        "messages_born_key",
	"find key":               "keys_pkey messages_pkey rooms_pkey",
	"edit prompt":            "messages_pkey keys_prompt",
	"save reply":             "messages_pkey rooms_pkey",
	"list versions":          "rooms_pkey messages_pkey versions_pkey",
	"read feed":              "heads_owner messages_pkey",
	"feed changes":           "rooms_recent messages_rev_key deleted_rooms_owner",
	"list rooms":             "rooms_recent",
	"list rooms after":       "rooms_recent",
	"get room":               "rooms_pkey",
	"update room":            "rooms_pkey",
	"delete room":            "rooms_pkey heads_pkey turns_pkey",
	"get message":            "rooms_pkey messages_pkey",
	"newest messages":        "rooms_pkey messages_born_key",
	"messages before":        "rooms_pkey messages_born_key",
	"messages after":         "rooms_pkey messages_rev_key",
	"search":                 "rooms_recent messages_pkey", // and any index of the messages of a room
	"newest history":         "rooms_pkey summaries_pkey messages_born_key",
	"oldest history":         "rooms_pkey summaries_pkey messages_born_key",
	"set summary":            "rooms_pkey summaries_pkey messages_born_key",
	"set title":              "rooms_pkey",
	"count messages":         "sent_pkey",
	"claim":                  "turns_open heads_owner turns_pkey rooms_pkey messages_pkey",
	"turn classes":           "turns_open",
	"users ahead":            "turns_open",
	"return heads":           "heads_waiting messages_pkey turns_pkey",
	"broken rooms":           "messages_unfinished heads_pkey",
	"broken turns":           "turns_pkey heads_owner messages_unfinished",
	"stuck turns":            "turns_open heads_owner messages_pkey messages_unfinished",
	"repair turn":            "rooms_recent messages_unfinished heads_owner turns_pkey",
	"settle room":            "messages_unfinished heads_pkey turns_pkey",
	"lock turn":              "turns_pkey",
	"lock turns of replies":  "turns_pkey messages_pkey rooms_pkey",
	"lock reply":             "turns_pkey messages_pkey rooms_pkey",
	"claim state":            "messages_pkey rooms_pkey",
	"owner of a reply":       "messages_pkey rooms_pkey",
	"renew":                  "messages_pkey",
	"renew many":             "messages_pkey",
	"finish":                 "messages_pkey rooms_pkey sent_pkey messages_unfinished heads_pkey turns_pkey",
	"total of tokens":        "spend_pkey",
	"codes of countries":     "country_codes_pkey",
	"sum of code counts":     "code_counts_pkey",
	"queue depth":            "turns_open heads_waiting turns_pkey",
	"find sessions":          "sessions_pkey",
	"end sessions":           "sessions_user",
	"get user":               "users_pkey",
	"add user":               "signups_number",
	"find user":              "users_number_key",
	"find subscription":      "subscriptions_customer",
	"take due subscriptions": "subscriptions_due subscriptions_pkey",
	"lock account":           "users_pkey turns_pkey",
	"keep counts":            "sent_pkey",
	"merge counts":           "kept_counts_pkey",
	"check number":           "users_pkey sessions_pkey",
	"recorded sessions":      "sessions_user",
	"recorded devices":       "devices_user",
	"recorded counts":        "sent_pkey",
	"recorded rooms":         "rooms_recent",
	"detach rooms":           "rooms_recent rooms_pkey deleted_rooms_owner",
	"erase user": "users_pkey turns_pkey guesses_pkey codes_pkey rooms_recent heads_owner messages_pkey " +
		"subscriptions_pkey signups_number",
	"oldest deleted": "rooms_recent",
	"remove deleted": "rooms_recent messages_born_key versions_pkey keys_prompt messages_pkey",
	"remove old":     "messages_pkey messages_one_reply summaries_pkey",
	"purge": "signups_created users_unproven " +
		"sessions_expires keys_at sent_day events_at deleted_rooms_at erasures_at",
}

// maySort are the statements that may read all candidates to return the first few in order. Those of
// exports read all rows of one user in a few pages.
var maySort = map[string]bool{
	"claim":             true,
	"search":            true,
	"feed changes":      true,
	"recorded sessions": true,
	"recorded devices":  true,
	"recorded rooms":    true,
}

func TestStatementsUseIndexes(t *testing.T) {
	s := newSchema(t)
	d, sessionID := s.filled()
	for _, mode := range []string{"force_custom_plan", "force_generic_plan"} {
		s.exec(`SET plan_cache_mode = ` + mode)
		for _, statement := range postgres.Statements(d, sessionID) {
			t.Run(mode+" "+statement.Name, func(t *testing.T) { s.explain(statement).check(t, statement.Name) })
		}
	}
}

func (p planNode) check(t *testing.T, name string) {
	if table := p.find(planNode.readsWhole); table != "" {
		t.Errorf("the plan reads all of %s, want an index", table)
	}
	if columns := p.find(planNode.sortsForLimit); columns != "" && !maySort[name] {
		t.Errorf("the plan reads more rows than it returns and sorts them by %s", columns)
	}
	if wantIndexes[name] == "" {
		t.Error("wantIndexes has no entry for the statement")
	}
	for _, index := range strings.Fields(wantIndexes[name]) {
		if !p.uses(index) {
			t.Errorf("the plan does not use the index %s", index)
		}
	}
}

// A connection plans a statement once. So the plan for empty tables must be good for large tables, too.
func TestPlansForEmptyTablesStayGood(t *testing.T) {
	s := newSchema(t)
	db := s.open()
	s.planLike(db, plannerSettings...)
	// VACUUM tells the planner that the tables are empty, as Retention.Purge and finished replies
	// may leave them.
	s.exec(`VACUUM heads, turns, keys, sent, sessions, codes, guesses, events, subscriptions, deleted_rooms, versions,
		summaries, erasures`)
	d := chat.Draft{
		Ask:    chat.Ask{User: s.newID(), Room: s.newID(), Key: "a", Now: time.Now()},
		Prompt: s.newID(),
		Reply:  s.newID(),
		Text:   "hoo",
	}
	for _, statement := range postgres.Statements(d, s.newID()) {
		p := s.explain(statement)
		if table := p.find(planNode.readsWhole); table != "" {
			t.Errorf("%s: the plan reads all of %s, want an index", statement.Name, table)
		}
		if statement.Name == "claim" && !p.uses("turns_open") {
			t.Error("claim: the plan does not use turns_open, so it reads all turns")
		}
	}
}

// The tests above must recognize bad plans.
func TestBadPlansAreRecognized(t *testing.T) {
	s := newSchema(t)
	d, _ := s.filled()
	whole := s.explain(postgres.Statement{
		SQL: `WITH changed AS (UPDATE messages SET error = '' WHERE content = $1 RETURNING id)
			SELECT count(*) FROM changed`,
		Args: []any{"x"},
	})
	if table := whole.find(planNode.readsWhole); table != "messages" {
		t.Errorf("table that is read completely = %q, want messages", table)
	}
	sorted := s.explain(postgres.Statement{
		SQL:  `SELECT (SELECT id FROM messages WHERE room = $1 ORDER BY created LIMIT 1)`,
		Args: []any{d.Room},
	})
	if columns := sorted.find(planNode.sortsForLimit); columns != "messages.created" {
		t.Errorf("columns that the plan sorts by = %q, want messages.created", columns)
	}
}

// filled fills the schema. It returns a draft for the longest room, and a session of the room's owner.
func (s *schema) filled() (d chat.Draft, sessionID id.ID) {
	s.Helper()
	db := s.open()
	s.planLike(db, "random_page_cost")
	s.exec(fill)
	d = chat.Draft{
		Ask: chat.Ask{
			User:  queryValue[id.ID](s, `SELECT owner::text FROM rooms WHERE name = 'long'`),
			Room:  queryValue[id.ID](s, `SELECT id::text FROM rooms WHERE name = 'long'`),
			Key:   "a",
			Now:   time.Now(),
			Basic: plan.Terms{Limit: 5},
		},
		Prompt: s.newID(),
		Text:   "hoo",
	}
	d.Reply = queryValue[id.ID](s, `SELECT id::text FROM messages WHERE room = $1 AND born = 4000`, d.Room)
	return d, queryValue[id.ID](s, `SELECT id::text FROM sessions WHERE user_id = $1 LIMIT 1`, d.User)
}

// plannerSettings are the server parameters of the store that influence the planner.
var plannerSettings = []string{
	"random_page_cost",
	"plan_cache_mode",
	"enable_seqscan",
	"enable_hashjoin",
	"enable_mergejoin",
}

// planLike gives the test's connection the same server parameters as the store's connections.
func (s *schema) planLike(db *postgres.DB, settings ...string) {
	s.Helper()
	for _, setting := range settings {
		value, err := db.Setting(s.Context(), setting)
		s.noError(err)
		s.exec(`SET ` + setting + ` = ` + value)
	}
}
