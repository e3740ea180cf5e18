//go:build linux

package bench

import (
	"fmt"
	"time"

	"github.com/kuvaka-tech/parley/adapters/token"
	"github.com/kuvaka-tech/parley/core/id"
	"github.com/kuvaka-tech/parley/core/session"
)

// User n has room n and session n. Their ids are computed from n, so that pgbench can
// compute them, too.
const (
	userKind    = 1
	roomKind    = 2
	sessionKind = 3
)

// roomFormat is the format of the id of room n, for Go and for Lua.
var roomFormat = fmt.Sprintf("%08d-0000-7000-8000-%%012x", roomKind)

// uuid returns the id of the nth row of a kind.
func uuid(kind, n int) id.ID { return id.ID(fmt.Sprintf("%08d-0000-7000-8000-%012x", kind, n)) }

// uuidSQL returns uuid as an SQL expression, where n is an expression.
func uuidSQL(kind int, n string) string {
	return fmt.Sprintf("('%08d-0000-7000-8000-' || lpad(to_hex(%s), 12, '0'))::uuid", kind, n)
}

// populate inserts the users 1 to n with their rooms and sessions.
func (s *stack) populate(database string, n int) {
	s.Helper()
	from := fmt.Sprintf(" FROM generate_series(1, %d) n", n)
	userID, roomID, sessionID := uuidSQL(userKind, "n"), uuidSQL(roomKind, "n"), uuidSQL(sessionKind, "n")
	for _, statement := range []string{
		"INSERT INTO users (id, number, name, created, proven)" +
			" SELECT " + userID + ", '+1' || (2000000000 + n), 'User', now(), now()",
		"INSERT INTO rooms (id, owner, name, created, updated)" +
			" SELECT " + roomID + ", " + userID + ", 'Room', now(), now()",
		"INSERT INTO sessions (id, user_id, opened, expires)" +
			" SELECT " + sessionID + ", " + userID + ", now(), now() + interval '1 day'",
	} {
		s.postgres.Exec(database, statement+from)
	}
	// Only these tables: after ANALYZE of an empty table Postgres would plan for an empty table.
	s.postgres.Exec(database, "VACUUM ANALYZE users, rooms, sessions")
}

// tokens returns access tokens of the users 1 to n.
func (s *stack) tokens(n int) []string {
	s.Helper()
	signer, err := token.New(token.Config{Keys: [][]byte{[]byte(secret)}})
	if err != nil {
		s.Fatalf("create the signer of tokens: %v", err)
	}
	now := time.Now().UTC()
	all := make([]string, n)
	for i := range all {
		all[i], err = signer.Sign(session.Access{
			Session:  uuid(sessionKind, i+1),
			User:     uuid(userKind, i+1),
			LoggedIn: now,
			Issued:   now,
			Expires:  now.Add(24 * time.Hour),
		})
		if err != nil {
			s.Fatalf("sign the token of user %d: %v", i+1, err)
		}
	}
	return all
}
