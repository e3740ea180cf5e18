package postgres_test

import (
	"context"
	"errors"
	"testing"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/kuvaka-tech/parley/core/reply"
)

// violations are statements that must fail, whatever version of the program runs them. The keys
// are the constraint that rejects a statement, and the invalid data that the statement would
// store. $1 is the room, $2 its first prompt, and $3 the running reply to that prompt.
var violations = map[string]map[string]string{
	"users_number_key": {
		"second account of a number": `INSERT INTO users (id, number, name, created)
			SELECT gen_random_uuid(), number, name, created FROM users`,
	},
	"rooms_owner_fkey": {
		"room without an owner": `UPDATE rooms SET owner = gen_random_uuid()`,
	},
	"messages_room_fkey": {
		"message without a room": `UPDATE messages SET room = gen_random_uuid()`,
	},
	"messages_in_reply_to_fkey": {
		"reply without a prompt": `UPDATE messages SET in_reply_to = gen_random_uuid() WHERE id = $3`,
	},
	"messages_one_reply": {
		"second reply to a prompt": `UPDATE messages SET in_reply_to = $2 WHERE in_reply_to <> $2`,
	},
	"messages_one_running": {
		"second running reply in a room": `UPDATE messages
			SET status = 'running', lease = now(), first_claim = now(), fence = 1 WHERE status = 'queued'`,
	},
	"messages_born_key": {
		"two messages at one position": `UPDATE messages SET born = 1 WHERE id = $3`,
	},
	"messages_rev_key": {
		"two changes with one revision": `UPDATE messages SET rev = 3 WHERE id = $3`,
	},
	"messages_rev_check": {
		"change before the insert": `UPDATE messages SET rev = 1, born = 10 WHERE id = $3`,
	},
	"messages_status_check": {
		"unknown status": `UPDATE messages SET status = 'odd', lease = NULL WHERE id = $3`,
	},
	"messages_prompt_check": {
		"prompt in the queue":      `UPDATE messages SET status = 'queued', due = now(), rank = now() WHERE id = $2`,
		"prompt with a quota unit": `UPDATE messages SET unit = true, day = now() WHERE id = $2`,
	},
	"messages_queued_check": {
		"queued reply without a due time": `UPDATE messages
			SET status = 'queued', lease = NULL, due = NULL WHERE id = $3`,
		"reply without a rank": `UPDATE messages SET rank = NULL WHERE id = $3`,
	},
	"messages_running_check": {
		"running reply without a lease": `UPDATE messages SET lease = NULL WHERE id = $3`,
		"lease without a running reply": `UPDATE messages SET status = 'done' WHERE id = $3`,
	},
	"messages_claim_check": {
		"running reply without a claim": `UPDATE messages SET first_claim = NULL WHERE id = $3`,
		"answer without a claim": `UPDATE messages
			SET status = 'done', lease = NULL, first_claim = NULL WHERE id = $3`,
	},
	"messages_unit_check": {
		"quota unit without a day": `UPDATE messages SET day = NULL WHERE id = $3`,
	},
	"messages_counts_check": {
		"negative errors":  `UPDATE messages SET errors = -1 WHERE id = $3`,
		"negative crashes": `UPDATE messages SET crashes = -1 WHERE id = $3`,
		"negative tokens":  `UPDATE messages SET tokens_out = -1 WHERE id = $3`,
	},
	"sent_n_check": {
		"negative count of messages": `UPDATE sent SET n = -1`,
	},
	"sent_user_fkey": {
		"count of messages without a user": `UPDATE sent SET user_id = gen_random_uuid()`,
	},
	"keys_prompt_fkey": {
		"idempotency key without a prompt": `UPDATE keys SET prompt = gen_random_uuid()`,
	},
	"keys_key_check": {
		"empty idempotency key": `UPDATE keys SET key = ''`,
	},
	"keys_hash_check": {
		"idempotency key with a hash of the wrong length": `UPDATE keys SET hash = 'x'`,
	},
	"sessions_user_fkey": {
		"session without a user": `INSERT INTO sessions VALUES (gen_random_uuid(), gen_random_uuid(), now(), now())`,
	},
	"codes_nonce_check": {
		"nonce of the wrong length": `INSERT INTO codes VALUES ('login', '+1', 'x', sha256('x'), now())`,
	},
	"codes_mac_check": {
		"code in plain text": `INSERT INTO codes
			VALUES ('login', '+1', decode(repeat('00', 16), 'hex'), '123456', now())`,
	},
	"codes_attempts_check": {
		"negative attempts": `INSERT INTO codes
			VALUES ('login', '+1', decode(repeat('00', 16), 'hex'), sha256('x'), now(), -1)`,
	},
	"guesses_wrong_check": {
		"negative guesses": `INSERT INTO guesses VALUES ('+1', -1)`,
	},
	"subscriptions_user_fkey": {
		"subscription without a user": `INSERT INTO subscriptions (user_id, customer, version)
			VALUES (gen_random_uuid(), 'c', 1)`,
	},
	"subscriptions_version_check": {
		"subscription with version 0": `INSERT INTO subscriptions (user_id, customer, version)
			SELECT id, 'c', 0 FROM users`,
	},
	"versions_pkey": {
		"two versions with one number": `INSERT INTO versions
			SELECT $2, 1, 'x', 'done', now() FROM generate_series(1, 2)`,
	},
	"versions_message_fkey": {
		"version without a message": `INSERT INTO versions VALUES (gen_random_uuid(), 1, 'x', 'done', now())`,
	},
	"versions_n_check": {
		"version with the number 0": `INSERT INTO versions VALUES ($2, 0, 'x', 'done', now())`,
	},
	"versions_content_check": {
		"version without a text": `INSERT INTO versions VALUES ($2, 1, '', 'done', now())`,
	},
	"versions_status_check": {
		"version of a running reply": `INSERT INTO versions VALUES ($3, 1, 'x', 'running', now())`,
	},
	"deleted_rooms_owner_fkey": {
		"deleted room without an owner": `INSERT INTO deleted_rooms VALUES (gen_random_uuid(), gen_random_uuid())`,
	},
	"turns_owner_fkey": {
		"turn without a user": `INSERT INTO turns (owner) VALUES (gen_random_uuid())`,
	},
	"turns_counts_check": {
		"negative number of replies":         `UPDATE turns SET unfinished = -1`,
		"negative number of running replies": `UPDATE turns SET running = -1`,
	},
	"turns_ready_check": {
		"no rank to start from": `UPDATE turns SET ready = 1, ready_from = NULL`,
	},
	"heads_pkey": {
		"two heads of a room": `INSERT INTO heads SELECT room, owner, gen_random_uuid(), state, rank, due FROM heads`,
	},
	"heads_room_fkey": {
		"head without a room": `UPDATE heads SET room = gen_random_uuid()`,
	},
	"heads_state_check": {
		"unknown state of a head": `UPDATE heads SET state = 'odd'`,
	},
	"rooms_rev_check": {
		"negative revision": `UPDATE rooms SET rev = -1`,
	},
}

func TestConstraints(t *testing.T) {
	f := newFixture(t)
	first, second := f.draft("a", 5), f.draft("b", 5)
	f.accept(first)
	f.accept(second)
	_, err := f.ReplyQueue.Claim(t.Context(), noon, reply.Lease, 1, 0)
	f.noError(err)
	for constraint, statements := range violations {
		for name, statement := range statements {
			t.Run(name, func(t *testing.T) {
				err := f.try(statement, f.room.ID, first.Prompt, first.Reply)
				var serverError *pgconn.PgError
				if !errors.As(err, &serverError) || serverError.ConstraintName != constraint {
					t.Errorf("error = %v, want a violation of %s", err, constraint)
				}
			})
		}
	}
}

// try runs a statement, which may use any of the three parameters, and rolls it back.
func (s *schema) try(statement string, params ...any) error {
	tx, err := s.conn.Begin(s.Context())
	s.noError(err)
	defer tx.Rollback(context.Background())
	_, err = tx.Exec(s.Context(), `WITH params AS (SELECT $1::uuid, $2::uuid, $3::uuid) `+statement, params...)
	return err
}
