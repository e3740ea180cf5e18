//go:build linux

package bench

import (
	"flag"
	"fmt"
	"strings"
)

// Autovacuum does not run ANALYZE after a small part of a large table has changed. So without this
// flag, Postgres plans as it does while nothing is queued.
var analyze = flag.Bool("analyze", false, "run ANALYZE when TestBacklogs has inserted a backlog")

const (
	heavyUserKind = 6
	heavyRoomKind = 7
	heavyPrompt   = 8
	heavyReply    = 9
)

// backlog is what a number of users have queued.
type backlog struct {
	name               string
	users, rooms, each int // each user has rooms, and each room has queued replies
}

// String describes the backlog.
func (b backlog) String() string {
	return fmt.Sprintf("%s (%d users, %d rooms each, %d queued in each)", b.name, b.users, b.rooms, b.each)
}

// insertBacklog inserts a backlog that was accepted before now.
func (s *stack) insertBacklog(database string, b backlog) {
	s.Helper()
	const roomNumber, number = "u * 1000 + r", "(u * 1000 + r) * 100000 + n"
	ofUsers := fmt.Sprintf(" FROM generate_series(1::bigint, %d) u", b.users)
	ofRooms := ofUsers + fmt.Sprintf(", generate_series(1, %d) r", b.rooms)
	ofTurns := ofRooms + fmt.Sprintf(", generate_series(1, %d) n ORDER BY n, r, u", b.each)
	user, room := uuidSQL(heavyUserKind, "u"), uuidSQL(heavyRoomKind, roomNumber)
	prompt, answer := uuidSQL(heavyPrompt, number), uuidSQL(heavyReply, number)
	s.postgres.Exec(database, strings.Join([]string{
		"INSERT INTO users (id, number, name, created, proven)" +
			" SELECT " + user + ", '+1' || (3000000000 + u), 'User', now(), now()" + ofUsers,
		fmt.Sprintf("INSERT INTO rooms (id, owner, name, created, updated, rev)"+
			" SELECT %s, %s, 'Room', now(), now(), %d", room, user, 2*b.each) + ofRooms,
		"INSERT INTO messages (id, room, content, status, created, born, rev)" +
			" SELECT " + prompt + ", " + room + ", 'hello', 'done', now(), 2 * n - 1, 2 * n - 1" + ofTurns,
		"INSERT INTO messages (id, room, status, in_reply_to, created, born, rev, due, rank, day, unit)" +
			" SELECT " + answer + ", " + room + ", 'queued', " + prompt + ", now(), 2 * n, 2 * n" +
			", now() - interval '1 minute', now() - interval '1 minute' + n * interval '1 ms', current_date, true" +
			ofTurns,
	}, ";"))
	if *analyze {
		s.postgres.Exec(database, "ANALYZE")
	}
}

// deleteBacklog deletes all users with a backlog, and all other rooms with an unfinished reply.
func (s *stack) deleteBacklog(database string) {
	s.Helper()
	s.postgres.Exec(database, fmt.Sprintf("DELETE FROM users WHERE id BETWEEN %s AND %s",
		uuidSQL(heavyUserKind, "0"), uuidSQL(heavyUserKind, "1000000")))
	s.postgres.Exec(database,
		"DELETE FROM rooms WHERE id IN (SELECT room FROM messages WHERE status IN ('queued', 'running'))")
	s.postgres.Exec(database, "VACUUM ANALYZE")
	s.postgres.Exec(database, "CHECKPOINT")
}
