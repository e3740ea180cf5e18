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

// backlog is what a user has waiting, before everybody else: $2 rooms with $3 replies each.
const backlog = `
WITH added AS (
	INSERT INTO rooms (id, owner, name, created, updated, rev)
	SELECT gen_random_uuid(), $1::uuid, 'heavy', $4, $4, 2 * $3::integer FROM generate_series(1, $2::integer) RETURNING id
), turns AS MATERIALIZED (
	SELECT added.id AS room, n, gen_random_uuid() AS prompt FROM added, generate_series(1, $3::integer) n
)
INSERT INTO messages (id, room, status, in_reply_to, created, born, rev, due, rank, day, unit)
	SELECT prompt, room, 'done', NULL, $4::timestamptz, 2 * n - 1, 2 * n - 1, NULL, NULL, NULL::date, false FROM turns
	UNION ALL SELECT gen_random_uuid(), room, 'queued', prompt, $4, 2 * n, 2 * n, $4, $4::timestamptz + n * interval '1 ms', $4::date, true FROM turns`

// claimPages bounds what a claim of one reply may look at, in pages of 8 KiB; it
// looks at some 90 where nothing else waits.
const claimPages = 250

// Ten thousand replies of one user wait, who is at the bound or has no room that
// is free. Another's reply is claimed at once, and no dearer than without them.
func TestABacklogSlowsNobodyElse(t *testing.T) {
	for _, c := range []struct{ rooms, each, perUser, running int }{{200, 50, 8, 8}, {10_000, 1, 8, 8}, {8, 1250, 8, 8}, {3, 3333, 8, 3}, {1, 10_000, 0, 1}} {
		t.Run(fmt.Sprint(c.rooms, " rooms with ", c.each), func(t *testing.T) {
			s := newSchema(t)
			db := s.open()
			a := s.talkOn(db)
			a.planAs(db, poolSettings...)
			a.exec(backlog, a.room.Owner, c.rooms, c.each, noon.Add(-time.Hour))
			a.exec(`ANALYZE messages, rooms`)
			first := a.other(1)
			if tasks := a.bounded(20, c.perUser); len(tasks) != c.running+1 || tasks[c.running].Reply != first {
				t.Errorf("%d claimed before anything was put aside, want %d and the other's", len(tasks), c.running)
			}
			for left := -1; left != 0; left = one[int](s, `SELECT count(*) FROM messages WHERE status = 'queued' AND owner IS NULL`) {
				if tasks := a.bounded(20, c.perUser); len(tasks) != 0 {
					t.Fatalf("%d claimed past the bound", len(tasks))
				}
			}
			second := a.other(2)
			if tasks := a.bounded(1, c.perUser); len(tasks) != 1 || tasks[0].Reply != second {
				t.Errorf("claimed %+v, want the other's", tasks)
			}
			a.cheap(second)
		})
	}
}

// other is the reply to another user.
func (t *talk) other(n int) id.ID {
	t.Helper()
	u := user.User{ID: t.id(), Number: number(n), Created: noon, Proven: noon}
	_, err := t.Users.Open(t.Context(), u)
	t.ok(err)
	d := t.draft("", 5)
	d.User, d.Room = u.ID, t.newRoom(u.ID).ID
	t.accept(d)
	return d.Reply
}

// cheap claims the reply again, and takes that back, until it costs few pages: what
// the backlog has left in the indexes is cleared once no transaction sees it.
func (t *talk) cheap(reply id.ID) {
	t.Helper()
	t.exec(`UPDATE messages SET status = 'queued', lease = NULL, owner = NULL WHERE id = $1`, reply)
	pages := 0
	for end := time.Now().Add(20 * time.Second); time.Now().Before(end); {
		t.exec(`VACUUM messages`)
		if pages = t.claimed(); pages <= claimPages {
			t.Logf("%d pages", pages)
			return
		}
	}
	t.Errorf("a claim looks at %d pages", pages)
}

// claimed is how many pages a claim of one reply looks at. It is taken back.
func (t *talk) claimed() (pages int) {
	t.Helper()
	t.exec(`BEGIN`)
	defer t.exec(`ROLLBACK`)
	var told []struct {
		Plan struct {
			Hit  int `json:"Shared Hit Blocks"`
			Read int `json:"Shared Read Blocks"`
		}
	}
	for _, s := range postgres.Statements(chat.Draft{User: t.room.Owner, Now: noon}, t.id()) {
		if s.Name == "claim" {
			t.ok(json.Unmarshal(t.explained(`EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON)`, s), &told))
		}
	}
	return told[0].Plan.Hit + told[0].Plan.Read
}
