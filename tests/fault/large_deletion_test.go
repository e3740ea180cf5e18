//go:build linux

package fault

import (
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/kuvaka-tech/parley/tests/client"
	"github.com/kuvaka-tech/parley/tests/rig"
)

// A room and an account with many messages are deleted while others use the program. Workers are
// killed while they remove the messages.
func TestLargeDeletionsDoNotSlowOthers(t *testing.T) {
	d := newLargeDeletions(t)
	owner := rig.Person(d, d.api.URL())
	room, kept := owner.NewRoom("Large"), owner.NewRoom("Kept")
	d.fill(room)
	before := d.use(d.inSeconds(10))
	d.delete(owner, "/chatroom/"+room)
	for _, path := range []string{"/chatroom/" + room, "/chatroom/" + room + "/messages"} {
		owner.Want(http.StatusNotFound, "GET", path, nil)
	}
	if found := owner.Want(http.StatusOK, "GET", "/search?q=hoo", nil); string(found.Body) != "[]\n" {
		d.Errorf("a search after the deletion found %.200s, want nothing", found.Body)
	}
	d.checkRemoval("room", before)
	owner.Want(http.StatusOK, "GET", "/chatroom/"+kept, nil)

	erased := rig.Person(d, d.api.URL())
	d.fill(erased.NewRoom("Large"))
	before = d.use(d.inSeconds(10))
	d.delete(erased, "/user/me")
	erased.Want(http.StatusUnauthorized, "GET", "/chatroom", nil)
	d.checkRemoval("account", before)
}

// largeDeletions deletes what has many messages while others use the program.
type largeDeletions struct {
	*stack
	api, worker *rig.Parley
	messages    int // of a room
	others      []other
}

// other is a user who is not affected by the deletions.
type other struct {
	client.Device
	room string
}

func newLargeDeletions(t *testing.T) *largeDeletions {
	t.Helper()
	d := &largeDeletions{
		stack:    newStack(t, func(string, int) rig.Act { return rig.Act{} }),
		messages: times(2_400_000, 20_000),
	}
	d.api, d.worker = d.start("api"), d.start("worker")
	for range 4 {
		user := rig.Person(d, d.api.URL())
		d.others = append(d.others, other{user, user.NewRoom("Room")})
	}
	return d
}

// fill adds the messages to an empty room. It skips the checks of foreign keys, which take longer
// than the messages.
func (d *largeDeletions) fill(room string) {
	d.Helper()
	d.postgres.Exec(database, `SET session_replication_role = replica; WITH prompts AS (
			INSERT INTO messages (id, room, content, status, created, born, rev)
			SELECT gen_random_uuid(), '`+room+`', 'Hoo? ' || repeat('x', 200), 'done', now(), 2 * i - 1, 2 * i - 1
			FROM generate_series(1, `+count(d.messages/2)+`) i RETURNING id, room, born
		)
		INSERT INTO messages (id, room, content, status, in_reply_to, created, born, rev)
		SELECT gen_random_uuid(), room, 'Hoo. ' || repeat('y', 200), 'done', id, now(), born + 1, born + 1
			FROM prompts`)
	d.postgres.Exec(database, "UPDATE rooms SET rev = "+count(d.messages)+" WHERE id = '"+room+"'")
	d.postgres.Exec(database, "ANALYZE messages")
}

// delete sends the request, which must succeed within half a second.
func (d *largeDeletions) delete(owner client.Device, path string) {
	d.Helper()
	began := time.Now()
	owner.Want(http.StatusNoContent, "DELETE", path, nil)
	took := time.Since(began)
	d.Logf("DELETE %s took %s", path, took.Round(time.Millisecond))
	if took > 500*time.Millisecond {
		d.Errorf("the deletion of %d messages took %s, want at most 500 ms", d.messages, took)
	}
}

// checkRemoval kills the worker three times while it removes the messages, and waits until no row
// of the deleted rooms is left. It compares the times of others with those before.
func (d *largeDeletions) checkRemoval(kind string, before useStats) {
	d.Helper()
	began := time.Now()
	var kills sync.WaitGroup
	kills.Go(func() {
		for range 3 {
			time.Sleep(d.randomDuration(500*time.Millisecond, time.Second))
			d.worker.Kill()
			d.worker.Start()
		}
	})
	during := d.use(func() bool { return d.queryInt("SELECT count(*) FROM rooms WHERE owner IS NULL") == 0 })
	kills.Wait()
	d.Logf("%s of %d messages removed in %s; requests of others before: %s, during: %s", kind, d.messages,
		time.Since(began).Round(time.Second), before, during)
	if *runWhole && during.p99 > 2*before.p99 {
		d.Errorf("p99 of others = %s while a %s is removed, want at most twice the %s before",
			during.p99, kind, before.p99)
	}
	if n := d.queryInt("SELECT count(*) FROM messages WHERE content LIKE 'Hoo%'"); n != 0 {
		d.Errorf("%d messages of the deleted %s are left, want 0", n, kind)
	}
}
