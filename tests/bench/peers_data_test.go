//go:build linux

package bench

import (
	"fmt"
	"os"
	"strconv"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

// peerRooms is how many rooms each user has in TestPeers. Room n belongs to user
// (n - 1) % users + 1 and has the name "Room n", in all systems.
const peerRooms = 5

// addRooms adds the other rooms of the users to a database of Parley.
func (s *stack) addRooms(database string) {
	s.Helper()
	owner := uuidSQL(userKind, fmt.Sprintf("(n - 1) %% %d + 1", users))
	s.postgres.Exec(database, fmt.Sprintf("INSERT INTO rooms (id, owner, name, created, updated)"+
		" SELECT %s, %s, 'Room', now(), now() FROM generate_series(%d, %d) n",
		uuidSQL(roomKind, "n"), owner, users+1, peerRooms*users))
	s.postgres.Exec(database, fmt.Sprintf("UPDATE rooms SET name = 'Room ' || n"+
		" FROM generate_series(1, %d) n WHERE id = %s", peerRooms*users, uuidSQL(roomKind, "n")))
	s.postgres.Exec(database, "VACUUM ANALYZE rooms")
}

// createPeerDatabase creates a database with the schema and the data of a peer.
func (s *stack) createPeerDatabase(database string) {
	s.Helper()
	schema, err := os.ReadFile("peers/schema.sql")
	if err != nil {
		s.Fatalf("read the schema of the peers: %v", err)
	}
	s.postgres.CreateDatabase(database)
	s.postgres.Exec(database, string(schema))
	s.postgres.Exec(database, fmt.Sprintf("INSERT INTO users (id, mobile_number)"+
		" SELECT n, '+1' || (2000000000 + n) FROM generate_series(1, %d) n", users))
	s.postgres.Exec(database, fmt.Sprintf("INSERT INTO chatrooms (id, name, user_id)"+
		" SELECT n, 'Room ' || n, (n - 1) %% %d + 1 FROM generate_series(1, %d) n", users, peerRooms*users))
	s.postgres.Exec(database, "VACUUM ANALYZE users, chatrooms")
}

// peerTokens returns access tokens of all users of a peer.
func (s *stack) peerTokens() []string {
	s.Helper()
	tokens := make([]string, users)
	for i := range tokens {
		token := jwt.NewWithClaims(jwt.SigningMethodHS256, jwt.RegisteredClaims{
			Subject:   strconv.Itoa(i + 1),
			ExpiresAt: jwt.NewNumericDate(time.Now().Add(24 * time.Hour)),
		})
		signed, err := token.SignedString([]byte(secret))
		if err != nil {
			s.Fatalf("sign the token of user %d: %v", i+1, err)
		}
		tokens[i] = signed
	}
	return tokens
}
