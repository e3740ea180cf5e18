package postgres_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/kuvaka-tech/parley/core/chat"
)

// What no program may write, whatever its version. $1 is the room, $2 its first
// prompt, $3 the reply to it, which is running.
var forbidden = map[string]string{
	"a second account of a number":    `INSERT INTO users (id, number, name, created) SELECT gen_random_uuid(), number, name, created FROM users -- users_number_key`,
	"a room of nobody":                `UPDATE rooms SET owner = gen_random_uuid() -- rooms_owner_fkey`,
	"a message of no room":            `UPDATE messages SET room = gen_random_uuid() -- messages_room_fkey`,
	"a reply to nothing":              `UPDATE messages SET in_reply_to = gen_random_uuid() WHERE id = $3 -- messages_in_reply_to_fkey`,
	"a second reply to a prompt":      `UPDATE messages SET in_reply_to = $2 WHERE in_reply_to <> $2 -- messages_one_reply`,
	"a second reply under way":        `UPDATE messages SET status = 'running', lease = now(), first_claim = now(), fence = 1 WHERE status = 'queued' -- messages_one_running`,
	"two messages at one place":       `UPDATE messages SET born = 1 WHERE id = $3 -- messages_born_key`,
	"two changes of one revision":     `UPDATE messages SET rev = 3 WHERE id = $3 -- messages_rev_key`,
	"a change before its birth":       `UPDATE messages SET rev = 1, born = 10 WHERE id = $3 -- messages_rev_check`,
	"an unknown status":               `UPDATE messages SET status = 'odd', lease = NULL WHERE id = $3 -- messages_status_check`,
	"a prompt in the queue":           `UPDATE messages SET status = 'queued', due = now(), rank = now() WHERE id = $2 -- messages_prompt_check`,
	"a prompt that holds a unit":      `UPDATE messages SET unit = true, day = now() WHERE id = $2 -- messages_prompt_check`,
	"a reply that is never due":       `UPDATE messages SET status = 'queued', lease = NULL, due = NULL WHERE id = $3 -- messages_queued_check`,
	"a reply without rank":            `UPDATE messages SET rank = NULL WHERE id = $3 -- messages_queued_check`,
	"a run without a lease":           `UPDATE messages SET lease = NULL WHERE id = $3 -- messages_running_check`,
	"a lease without a run":           `UPDATE messages SET status = 'done' WHERE id = $3 -- messages_running_check`,
	"a fence that nobody claimed":     `UPDATE messages SET first_claim = NULL WHERE id = $3 -- messages_claim_check`,
	"a unit of no day":                `UPDATE messages SET day = NULL WHERE id = $3 -- messages_unit_check`,
	"fewer than no errors":            `UPDATE messages SET errors = -1 WHERE id = $3 -- messages_counts_check`,
	"fewer than no crashes":           `UPDATE messages SET crashes = -1 WHERE id = $3 -- messages_counts_check`,
	"fewer than no tokens":            `UPDATE messages SET tokens_out = -1 WHERE id = $3 -- messages_counts_check`,
	"fewer than no messages of a day": `UPDATE sent SET n = -1 -- sent_n_check`,
	"a count of nobody":               `UPDATE sent SET user_id = gen_random_uuid() -- sent_user_fkey`,
	"a key of no message":             `UPDATE keys SET prompt = gen_random_uuid() -- keys_prompt_fkey`,
	"an empty key":                    `UPDATE keys SET key = '' -- keys_key_check`,
	"a hash that is none":             `UPDATE keys SET hash = 'x' -- keys_hash_check`,
	"a session of nobody":             `INSERT INTO sessions VALUES (gen_random_uuid(), gen_random_uuid(), now(), now()) -- sessions_user_fkey`,
	"a nonce too short":               `INSERT INTO codes VALUES ('login', '+1', 'x', sha256('x'), now()) -- codes_nonce_check`,
	"a code in clear":                 `INSERT INTO codes VALUES ('login', '+1', decode(repeat('00', 16), 'hex'), '123456', now()) -- codes_mac_check`,
	"fewer than no attempts":          `INSERT INTO codes VALUES ('login', '+1', decode(repeat('00', 16), 'hex'), sha256('x'), now(), -1) -- codes_attempts_check`,
	"fewer than no guesses":           `INSERT INTO guesses VALUES ('+1', -1) -- guesses_wrong_check`,
	"a subscription of nobody":        `INSERT INTO subscriptions (user_id, customer, version) VALUES (gen_random_uuid(), 'c', 1) -- subscriptions_user_fkey`,
	"a subscription never saved":      `INSERT INTO subscriptions (user_id, customer, version) SELECT id, 'c', 0 FROM users -- subscriptions_version_check`,
	"a revision below none":           `UPDATE rooms SET rev = -1 -- rooms_rev_check`,
}

func TestConstraintsHold(t *testing.T) {
	a := newSchema(t).talk()
	first, second := a.draft("a", 5), a.draft("b", 5)
	a.accept(first)
	a.accept(second)
	_, err := a.Work.Claim(t.Context(), noon, chat.Lease, 1, 0)
	a.ok(err)
	for name, statement := range forbidden {
		t.Run(name, func(t *testing.T) {
			statement, want, _ := strings.Cut(statement, " -- ")
			var refused *pgconn.PgError
			if err := a.tryFor(statement, a.room.ID, first.Prompt, first.Reply); !errors.As(err, &refused) || refused.ConstraintName != want {
				t.Errorf("want %s to refuse it: %v", want, err)
			}
		})
	}
}

// tryFor runs a statement, of whose parameters it may use any, and takes it back.
func (s *schema) tryFor(statement string, params ...any) error {
	tx, err := s.conn.Begin(s.Context())
	s.ok(err)
	defer tx.Rollback(context.Background())
	_, err = tx.Exec(s.Context(), `WITH params AS (SELECT $1::uuid, $2::uuid, $3::uuid) `+statement, params...)
	return err
}
