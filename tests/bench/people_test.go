//go:build linux

package bench

import (
	"fmt"
	"time"

	"github.com/kuvaka-tech/parley/adapters/token"
	"github.com/kuvaka-tech/parley/core/id"
	"github.com/kuvaka-tech/parley/core/session"
)

// Person n has room n and session n. Their ids follow from n, so that pgbench
// can name them, too.
const (
	userKind    = 1
	roomKind    = 2
	sessionKind = 3
)

func uuid(kind, n int) id.ID { return id.ID(fmt.Sprintf("%08d-0000-7000-8000-%012x", kind, n)) }

// uuidSQL is uuid as SQL, of what an expression gives.
func uuidSQL(kind int, n string) string {
	return fmt.Sprintf("('%08d-0000-7000-8000-' || lpad(to_hex(%s), 12, '0'))::uuid", kind, n)
}

// populate adds people, their rooms and their sessions.
func (s *stack) populate(database string, from, to int) {
	s.Helper()
	of := fmt.Sprintf(" FROM generate_series(%d, %d) n", from, to)
	user, room, open := uuidSQL(userKind, "n"), uuidSQL(roomKind, "n"), uuidSQL(sessionKind, "n")
	for _, statement := range []string{
		"INSERT INTO users (id, number, name, created, proven) SELECT " + user + ", '+1' || (2000000000 + n), 'Person', now(), now()",
		"INSERT INTO rooms (id, owner, name, created, updated) SELECT " + room + ", " + user + ", 'A room of one''s own', now(), now()",
		"INSERT INTO sessions (id, user_id, opened, expires) SELECT " + open + ", " + user + ", now(), now() + interval '1 day'",
	} {
		s.postgres.Exec(database, statement+of)
	}
	s.postgres.Exec(database, "VACUUM ANALYZE users, rooms, sessions") // no others: an empty table that was counted is planned for as one
}

// tokens are those of people 1 to n.
func (s *stack) tokens(n int) []string {
	s.Helper()
	signer, err := token.New(token.Config{Keys: [][]byte{[]byte(secret)}})
	if err != nil {
		s.Fatal(err)
	}
	now := time.Now().UTC()
	all := make([]string, n)
	for i := range all {
		if all[i], err = signer.Sign(session.Session{ID: uuid(sessionKind, i+1), User: uuid(userKind, i+1), Opened: now, Expires: now.Add(24 * time.Hour)}); err != nil {
			s.Fatal(err)
		}
	}
	return all
}
