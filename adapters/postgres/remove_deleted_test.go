package postgres_test

import (
	"testing"

	"github.com/kuvaka-tech/parley/adapters/postgres"
	"github.com/kuvaka-tech/parley/core/id"
	"github.com/kuvaka-tech/parley/ports"
)

// removeDeleted calls RemoveDeleted until nothing is left, and returns the number of calls.
func (s *schema) removeDeleted(r ports.Retention) (calls int) {
	s.Helper()
	for more := true; more; calls++ {
		var err error
		more, err = r.RemoveDeleted(s.Context())
		s.noError(err)
		if calls == 1000 {
			s.Fatal("RemoveDeleted does not come to an end")
		}
	}
	return calls
}

// addExchanges adds n prompts with their replies, and an idempotency key for each, to an empty room.
func (f *fixture) addExchanges(room id.ID, n int) {
	f.Helper()
	f.exec(`WITH prompts AS (
			INSERT INTO messages (id, room, content, status, created, born, rev)
			SELECT gen_random_uuid(), $1, 'Hoo?', 'done', now(), 2 * i - 1, 2 * i - 1 FROM generate_series(1, $2::int) i
			RETURNING id, room, born
		), used AS (
			INSERT INTO keys (user_id, key, hash, prompt, at)
			SELECT gen_random_uuid(), 'k', sha256('k'), id, now() FROM prompts
		)
		INSERT INTO messages (id, room, content, status, in_reply_to, created, born, rev)
		SELECT gen_random_uuid(), room, 'Hoo.', 'done', id, now(), born + 1, born + 1 FROM prompts`, room, n)
	f.exec(`UPDATE rooms SET rev = 2 * $2::int WHERE id = $1`, room, n)
}

func (f *fixture) deleteRoom(room id.ID) {
	f.Helper()
	f.noError(f.Rooms.Delete(f.Context(), f.room.Owner, room))
}

// Each call removes a limited number of messages. So none takes long.
func TestMessagesOfADeletedRoomAreRemovedInSteps(t *testing.T) {
	f := newFixture(t)
	const messages, step = 5000, 1000
	f.addExchanges(f.room.ID, messages/2)
	f.deleteRoom(f.room.ID)
	f.wantCount("messages before the first step", messages, `SELECT count(*) FROM messages`)
	for left := messages; left > 0; {
		_, err := f.Retention.RemoveDeleted(t.Context())
		f.noError(err)
		now := queryValue[int](f.schema, `SELECT count(*) FROM messages`)
		if left-now <= 0 || left-now > step+1 { // one more, if a step ends between a prompt and its reply
			t.Fatalf("a step removed %d messages, want 1 to %d", left-now, step+1)
		}
		left = now
	}
	f.removeDeleted(f.Retention)
	f.wantCount("rooms after the last step", 0, `SELECT count(*) FROM rooms`)
	f.wantCount("keys after the last step", 0, `SELECT count(*) FROM keys`)
}

// The rows say what is left to remove. So another process can go on.
func TestRemovingGoesOnInAnotherProcess(t *testing.T) {
	f := newFixture(t)
	f.addExchanges(f.room.ID, 1000)
	f.deleteRoom(f.room.ID)
	_, err := f.Retention.RemoveDeleted(t.Context())
	f.noError(err)
	other, err := postgres.Open(t.Context(), f.url)
	f.noError(err)
	defer func() { f.noError(other.Close()) }()
	f.removeDeleted(postgres.Retention{DB: other})
	f.wantCount("rooms", 0, `SELECT count(*) FROM rooms`)
	f.wantCount("messages", 0, `SELECT count(*) FROM messages`)
}

// A message may have more versions than one call deletes.
func TestVersionsOfOneMessageAreRemovedInSteps(t *testing.T) {
	f := newFixture(t)
	f.addExchanges(f.room.ID, 1)
	f.exec(`INSERT INTO versions (message, n, content, status, created)
		SELECT id, n, 'Hoo?', 'done', now() FROM messages, generate_series(1, 1500) n WHERE in_reply_to IS NULL`)
	f.deleteRoom(f.room.ID)
	for _, want := range []int{500, 0} {
		_, err := f.Retention.RemoveDeleted(t.Context())
		f.noError(err)
		f.wantCount("versions", want, `SELECT count(*) FROM versions`)
	}
	f.removeDeleted(f.Retention)
	f.wantCount("messages", 0, `SELECT count(*) FROM messages`)
}

// Several processes remove different rooms, and none waits for another one.
func TestRemovingSkipsARoomThatAnotherProcessRemoves(t *testing.T) {
	f := newFixture(t)
	other := f.newRoom(f.room.Owner)
	f.addExchanges(f.room.ID, 2)
	f.addExchanges(other.ID, 2)
	f.deleteRoom(f.room.ID)
	f.deleteRoom(other.ID)
	release := f.holdLocks(lockRoom, f.room.ID)
	f.removeDeleted(f.Retention)
	if left := queryValue[id.ID](f.schema, `SELECT id::text FROM rooms`); left != f.room.ID {
		t.Errorf("room that is left = %s, want the locked one", left)
	}
	release()
	f.removeDeleted(f.Retention)
	f.wantCount("rooms", 0, `SELECT count(*) FROM rooms`)
}

// An erasure is one transaction only for a thousand rooms.
func TestErasingManyRooms(t *testing.T) {
	f := newFixture(t)
	f.exec(`INSERT INTO rooms (id, owner, name, created, updated)
		SELECT gen_random_uuid(), $1, 'Owls', now(), now() FROM generate_series(1, 2500)`, f.room.Owner)
	f.exec(`INSERT INTO deleted_rooms (room, owner) SELECT gen_random_uuid(), $1 FROM generate_series(1, 2500)`,
		f.room.Owner)
	f.noError(f.Eraser.Erase(t.Context(), f.room.Owner, ports.KeepCounts{}))
	f.wantCount("rooms with an owner", 0, `SELECT count(*) FROM rooms WHERE owner IS NOT NULL`)
	f.wantCount("records of deleted rooms", 0, `SELECT count(*) FROM deleted_rooms`)
	if calls := f.removeDeleted(f.Retention); calls < 26 {
		t.Errorf("2501 rooms were removed in %d calls, want at least 26: 100 rooms each", calls)
	}
	f.wantCount("rooms", 0, `SELECT count(*) FROM rooms`)
}

// The previous version of the program deletes an account with one statement. The foreign key then
// takes the owner from the rooms.
func TestRoomsOfAnAccountThatThePreviousVersionErasesAreRemoved(t *testing.T) {
	f := newFixture(t)
	f.accept(f.draft("a", 5))
	f.exec(`DELETE FROM users WHERE id = $1`, f.room.Owner)
	f.removeDeleted(f.Retention)
	f.wantCount("rooms", 0, `SELECT count(*) FROM rooms`)
	f.wantCount("messages", 0, `SELECT count(*) FROM messages`)
}
