package postgres_test

import (
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"github.com/kuvaka-tech/parley/adapters/postgres"
	"github.com/kuvaka-tech/parley/core/chat"
	"github.com/kuvaka-tech/parley/core/id"
	"github.com/kuvaka-tech/parley/core/user"
)

// insertBacklog inserts queued replies of the user $1: $2 rooms with $3 replies each,
// accepted from $4 on.
const insertBacklog = `
WITH added AS (
	INSERT INTO rooms (id, owner, name, created, updated, rev)
	SELECT gen_random_uuid(), $1::uuid, 'heavy', $4, $4, 2 * $3::integer FROM generate_series(1, $2::integer)
	RETURNING id
), turns AS MATERIALIZED (
	SELECT added.id AS room, n, gen_random_uuid() AS prompt FROM added, generate_series(1, $3::integer) n
)
INSERT INTO messages (id, room, status, in_reply_to, created, born, rev, due, rank, day, unit)
	SELECT prompt, room, 'done', NULL, $4::timestamptz, 2 * n - 1, 2 * n - 1, NULL, NULL, NULL::date, false
	FROM turns
	UNION ALL
	SELECT gen_random_uuid(), room, 'queued', prompt, $4, 2 * n, 2 * n, $4, $4::timestamptz + n * interval '1 ms',
		$4::date, true
	FROM turns`

// maxClaimPages limits the pages of 8 KiB that a claim of one reply may read. It reads
// about 90 without a backlog.
const maxClaimPages = 250

// One user has a backlog of ten thousand replies. None of them can be claimed, because
// the user has reached the limit of running replies or has no free room. Then the reply
// of another user must be claimed by the next call, at the same cost as without the backlog.
func TestBacklogDoesNotDelayOtherUsers(t *testing.T) {
	for _, c := range []struct{ rooms, each, perUser, running int }{
		{rooms: 200, each: 50, perUser: 8, running: 8},
		{rooms: 10_000, each: 1, perUser: 8, running: 8},
		{rooms: 8, each: 1250, perUser: 8, running: 8},
		{rooms: 3, each: 3333, perUser: 8, running: 3},
		{rooms: 1, each: 10_000, perUser: 0, running: 1},
	} {
		t.Run(fmt.Sprint(c.rooms, " rooms with ", c.each), func(t *testing.T) {
			s := newSchema(t)
			db := s.open()
			f := s.fixture(db)
			f.planLike(db, plannerSettings...)
			f.exec(insertBacklog, f.room.Owner, c.rooms, c.each, noon.Add(-time.Hour))
			f.exec(`ANALYZE messages, rooms`)
			first := f.replyToAnotherUser(1)
			if tasks := f.claim(20, c.perUser); len(tasks) != c.running+1 || tasks[c.running].Reply != first {
				t.Errorf("first claim = %d replies, want %d and then the other user's", len(tasks), c.running)
			}
			f.deferBacklog(c.perUser)
			second := f.replyToAnotherUser(2)
			if tasks := f.claim(1, c.perUser); len(tasks) != 1 || tasks[0].Reply != second {
				t.Errorf("claim with a deferred backlog = %+v, want the other user's reply", tasks)
			}
			f.wantCheapClaim(second)
		})
	}
}

// deferBacklog claims until all queued replies are deferred. No claim may return a reply.
func (f *fixture) deferBacklog(perUser int) {
	f.Helper()
	for left := -1; left != 0; {
		if tasks := f.claim(20, perUser); len(tasks) != 0 {
			f.Fatalf("%d replies claimed beyond the limit, want 0", len(tasks))
		}
		left = queryValue[int](f.schema, `SELECT count(*) FROM messages WHERE status = 'queued' AND owner IS NULL`)
	}
}

// replyToAnotherUser adds the n-th other user with a queued reply.
func (f *fixture) replyToAnotherUser(n int) id.ID {
	f.Helper()
	u := user.User{ID: f.newID(), Number: number(n), Created: noon, Proven: noon}
	_, err := f.Users.AddProven(f.Context(), u)
	f.noError(err)
	d := f.draft("", 5)
	d.User = u.ID
	d.Room = f.newRoom(u.ID).ID
	f.accept(d)
	return d.Reply
}

// wantCheapClaim checks that a claim of the reply reads at most maxClaimPages. It
// repeats VACUUM until then, because dead rows of the backlog stay in the indexes as
// long as any transaction of the server may see them.
func (f *fixture) wantCheapClaim(replyID id.ID) {
	f.Helper()
	f.exec(`UPDATE messages SET status = 'queued', lease = NULL, owner = NULL WHERE id = $1`, replyID)
	pages := 0
	for end := time.Now().Add(20 * time.Second); time.Now().Before(end); {
		f.exec(`VACUUM messages`)
		pages = f.claimPages()
		if pages <= maxClaimPages {
			f.Logf("a claim reads %d pages", pages)
			return
		}
	}
	f.Errorf("a claim reads %d pages, want at most %d", pages, maxClaimPages)
}

// claimPages returns how many pages a claim of one reply reads. It rolls the claim back.
func (f *fixture) claimPages() (pages int) {
	f.Helper()
	f.exec(`BEGIN`)
	defer f.exec(`ROLLBACK`)
	var output []struct {
		Plan struct {
			Hit  int `json:"Shared Hit Blocks"`
			Read int `json:"Shared Read Blocks"`
		}
	}
	for _, s := range postgres.Statements(chat.Draft{User: f.room.Owner, Now: noon}, f.newID()) {
		if s.Name == "claim" {
			f.noError(json.Unmarshal(f.explainWith(`EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON)`, s), &output))
		}
	}
	return output[0].Plan.Hit + output[0].Plan.Read
}
