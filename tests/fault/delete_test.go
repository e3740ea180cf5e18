//go:build linux

package fault

import (
	"context"
	"fmt"
	"maps"
	"math/rand/v2"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/kuvaka-tech/parley/tests/client"
	"github.com/kuvaka-tech/parley/tests/rig"
)

// doomed is what is deleted while it is used.
type doomed struct {
	*stack
	gate      gate
	processes []*rig.Parley
	mu        sync.Mutex
	answers   map[string]int // of those who use it, by kind
	left      int            // rows that outlived their room or account
}

// newDoomed starts an api and two workers, whose model waits for a gate and then takes
// up to 100 ms from the first half of what it says to the second.
func newDoomed(t *testing.T) *doomed {
	d := &doomed{answers: map[string]int{}}
	d.stack = newStack(t, func(prompt string, call int) rig.Act {
		d.gate.act(prompt, call)
		amid := make(chan struct{})
		time.AfterFunc(rand.N(100*time.Millisecond), func() { close(amid) })
		return rig.Act{Amid: amid}
	})
	d.processes = []*rig.Parley{d.start("api"), d.start("worker"), d.start("worker")}
	return d
}

// Rooms are deleted with 100 messages in flight each, while more are sent.
func TestRoomsDeletedInFlight(t *testing.T) {
	d := newDoomed(t)
	p := rig.Person(d, d.processes[0].URL())
	d.talks(p, rig.Room(d, p), "before")
	before, rounds := d.rows(), times(20, 4)
	for range rounds {
		room := rig.Room(d, p)
		d.deleted(p, []string{room}, 100, "/chatroom/"+room)
		d.nothingLeft(before)
	}
	d.calmly(before)
	t.Logf("%d rooms deleted with 100 in flight each: %d rows left; those who went on were answered with %v", rounds, d.left, d.answers)
}

// Accounts are deleted with 100 answers being written, while more is asked for.
func TestAccountsDeletedInFlight(t *testing.T) {
	d := newDoomed(t)
	bystander := rig.Person(d, d.processes[0].URL())
	d.talks(bystander, rig.Room(d, bystander), "before")
	before, rounds := d.rows(), times(20, 2)
	for range rounds {
		p := rig.Person(d, d.processes[0].URL())
		var rooms []string
		for range 100 {
			rooms = append(rooms, rig.Room(d, p))
		}
		d.deleted(p, rooms, 100, "/user/me")
		d.nothingLeft(before)
	}
	d.calmly(before)
	t.Logf("%d accounts deleted with 100 in flight each: %d rows left; those who went on were answered with %v", rounds, d.left, d.answers)
}

// deleted sends n messages to rooms, and deletes a path while they are answered
// and those who use the rooms go on.
func (d *doomed) deleted(p *client.Client, rooms []string, n int, path string) {
	d.Helper()
	d.gate.Lock()
	open := sync.OnceFunc(d.gate.Unlock)
	defer open()
	for i := range n {
		d.talks(p, rooms[i%len(rooms)], fmt.Sprint("in flight ", i))
	}
	const flying = "SELECT count(*) FROM messages WHERE status IN ('queued', 'running')"
	if there := d.postgres.Count("parley", flying); there != n {
		d.Errorf("%d messages in flight, want %d", there, n)
	}
	var using sync.WaitGroup
	for i := range 8 {
		using.Go(func() { d.uses(p, rooms[i%len(rooms)]) })
	}
	open()
	time.Sleep(d.between(0, 100*time.Millisecond))
	if a, err := p.Call("DELETE", path, nil); err != nil || a.Status != http.StatusNoContent {
		d.Errorf("deleting: %d %s %v", a.Status, a.Body, err)
	}
	using.Wait()
}

// talks has a message accepted.
func (d *doomed) talks(p *client.Client, room, text string) {
	d.Helper()
	a, err := p.Call("POST", "/chatroom/"+room+"/message", map[string]string{"content": text}, "Idempotency-Key", room+text)
	if err != nil || a.Status != http.StatusAccepted {
		d.Fatalf("sending: %d %s %v", a.Status, a.Body, err)
	}
}

// uses sends, and lists or polls, until the room is gone.
func (d *doomed) uses(p *client.Client, room string) {
	for gone := false; !gone; {
		path := "/chatroom/" + room + "/messages"
		a, err := p.Call("POST", "/chatroom/"+room+"/message", map[string]string{"content": "and more"}, "Idempotency-Key", fmt.Sprint(rand.Uint64()))
		if gone = d.met("sent", a, err); rand.N(4) == 0 {
			path = a.Header.Get("Location") + "?wait=1"
		}
		if !gone {
			a, err = p.Call("GET", path, nil)
			gone = d.met("read", a, err)
		}
	}
}

// met notes an answer, and says whether it is that there is nothing any more.
func (d *doomed) met(what string, a client.Answer, err error) (gone bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.answers[fmt.Sprint(what, " ", a.Status)]++
	gone = a.Status == http.StatusNotFound || a.Status == http.StatusUnauthorized
	if err != nil || !gone && a.Status >= 300 {
		d.Errorf("%s: %d %s %v", what, a.Status, a.Body, err)
		gone = true
	}
	return gone
}

// rows is what is kept of people.
func (d *doomed) rows() map[string]int {
	d.Helper()
	d.Eventually("all is answered", func() bool {
		return d.postgres.Count("parley", "SELECT count(*) FROM messages WHERE status <> 'done'") == 0
	})
	return d.tables()
}

// tables is how many rows each table has, but those of nobody: who works, and
// what a day's answers cost all people together.
func (d *doomed) tables() map[string]int {
	rows := d.postgres.Rows("parley")
	delete(rows, "workers")
	delete(rows, "spend")
	return rows
}

// Eventually is rig.Eventually with this test's patience.
func (d *doomed) Eventually(what string, ok func() bool) {
	d.Helper()
	rig.Eventually(d, 10*time.Second, what, ok)
}

// nothingLeft fails the test unless there are as many rows as before, and notes how many more there are.
func (d *doomed) nothingLeft(before map[string]int) {
	d.Helper()
	now := d.tables()
	if !maps.Equal(now, before) {
		d.Errorf("rows left: %v, before %v", now, before)
	}
	for table, rows := range now {
		d.left += rows - before[table]
	}
	if texts := d.texts(); len(texts) > 0 {
		d.Errorf("texts left in Redis: %v", texts)
	}
	d.Eventually("no wake-up is left", func() bool { return d.wakeUps() == 0 })
}

// texts are the keys of what answers had written when their rooms went.
func (d *doomed) texts() []string {
	d.Helper()
	client := d.redis.Client()
	defer client.Close()
	keys, err := client.Keys(context.Background(), "*:live:*:text").Result()
	if err != nil {
		d.Errorf("looking for live texts: %v", err)
	}
	return keys
}

// calmly ends the processes, with all they were doing, and fails the test when
// one had met an error or written something late.
func (d *doomed) calmly(before map[string]int) {
	d.Helper()
	for _, p := range d.processes {
		p.Stop(25 * time.Second)
		for _, line := range strings.Split(p.Said.String(), "\n") {
			if strings.Contains(line, `"level":"ERROR"`) {
				d.Errorf("%s logged %s", p, line)
			}
		}
	}
	d.nothingLeft(before)
}
