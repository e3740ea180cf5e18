package postgres_test

import (
	"time"

	"github.com/kuvaka-tech/parley/core/chat"
	"github.com/kuvaka-tech/parley/core/id"
	"github.com/kuvaka-tech/parley/core/reply"
	"github.com/kuvaka-tech/parley/core/user"
)

// previous changes messages with SQL, as the previous version of the program does: it knows
// neither turns nor heads.
type previous struct{ *fixture }

// ask adds a prompt with a queued reply to a room.
func (p previous) ask(room id.ID) (replyID id.ID) {
	p.Helper()
	prompt, replyID := p.newID(), p.newID()
	p.exec(`WITH moved AS (UPDATE rooms SET rev = rev + 2 WHERE id = $1 RETURNING rev),
		prompt AS (INSERT INTO messages (id, room, content, status, created, born, rev)
			SELECT $2, $1, 'Hoo?', 'done', $4, rev - 1, rev - 1 FROM moved)
		INSERT INTO messages (id, room, status, in_reply_to, created, born, rev, due, rank, day, unit)
			SELECT $3, $1, 'queued', $2, $4, rev, rev, $4, $4, $4, true FROM moved`, room, prompt, replyID, noon)
	return replyID
}

// claim starts an attempt with a lease until a time.
func (p previous) claim(replyID id.ID, lease time.Time) {
	p.Helper()
	p.exec(`UPDATE messages m SET status = 'running', lease = $2, fence = m.fence + 1, first_claim = $3, owner = r.owner
		FROM rooms r WHERE m.id = $1 AND r.id = m.room`, replyID, lease, noon)
}

// finish ends an attempt, or cancels a queued reply.
func (p previous) finish(replyID id.ID, status chat.Status) {
	p.Helper()
	p.exec(`UPDATE messages SET status = $2, content = 'Hoo.', lease = NULL, owner = NULL WHERE id = $1`,
		replyID, status)
}

// queueAgain queues a reply for its next attempt, or because the user asked for it again.
func (p previous) queueAgain(replyID id.ID, due time.Time) {
	p.Helper()
	p.exec(`UPDATE messages SET status = 'queued', content = '', due = $2, lease = NULL, owner = NULL WHERE id = $1`,
		replyID, due)
}

func (p previous) deleteRoom(room id.ID) {
	p.Helper()
	p.exec(`WITH deleted AS (DELETE FROM rooms WHERE id = $1 RETURNING id, owner)
		INSERT INTO deleted_rooms (room, owner) SELECT id, owner FROM deleted`, room)
}

// askNow accepts a message in a room with the present version.
func (p previous) askNow(room id.ID) (replyID id.ID) {
	p.Helper()
	d := p.draft("", -1)
	d.Room = room
	d.User = queryValue[id.ID](p.schema, `SELECT owner::text FROM rooms WHERE id = $1`, room)
	p.accept(d)
	return d.Reply
}

// claimNow claims the only reply that can be claimed with the present version.
func (p previous) claimNow() reply.Task {
	p.Helper()
	tasks, err := p.ReplyQueue.Claim(p.Context(), noon, reply.Lease, 10, 0)
	p.noError(err)
	if len(tasks) != 1 {
		p.Fatalf("claimed %d replies, want 1", len(tasks))
	}
	return tasks[0]
}

// addUser adds the i-th user.
func (f *fixture) addUser(i int) (userID id.ID) {
	f.Helper()
	u := user.User{
		ID:      f.newID(),
		Number:  number(i),
		Created: noon,
		Proven:  noon,
	}
	_, err := f.Users.AddProven(f.Context(), u)
	f.noError(err)
	return u.ID
}

func (p previous) oldestOf(room id.ID) id.ID {
	p.Helper()
	return queryValue[id.ID](p.schema, `SELECT id::text FROM messages WHERE room = $1 AND status = 'queued'
		ORDER BY born LIMIT 1`, room)
}
