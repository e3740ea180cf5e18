//go:build linux

package fault

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/kuvaka-tech/parley/tests/client"
	"github.com/kuvaka-tech/parley/tests/rig"
)

// target is a room or an account that is deleted while it is in use.
type target struct {
	owner   client.Device
	roomIDs []string // the rooms that disappear
	path    string   // of the DELETE request
}

// Rooms are deleted with 100 messages in flight each, while clients send more.
func TestRoomsDeletedInUseLeaveNothing(t *testing.T) {
	d := newDeletions(t)
	d.run("rooms", times(20, 4), func(survivor client.Device) target {
		roomID := survivor.NewRoom("Room")
		return target{survivor, []string{roomID}, "/chatroom/" + roomID}
	})
}

// Accounts are deleted with 100 messages in flight, each in another room, while clients send more.
func TestAccountsDeletedInUseLeaveNothing(t *testing.T) {
	d := newDeletions(t)
	d.run("accounts", times(20, 2), func(client.Device) target {
		owner := rig.Person(d, d.processes[0].URL())
		var roomIDs []string
		for range inFlight {
			roomIDs = append(roomIDs, owner.NewRoom("Room"))
		}
		return target{owner, roomIDs, "/user/me"}
	})
}

// inFlight is the number of unfinished replies of a target when it is deleted.
const inFlight = 100

// deletions deletes targets that are in use and checks that nothing of them remains.
type deletions struct {
	*stack
	gate      gate
	processes []*rig.Parley  // an API and two workers
	before    map[string]int // rows of each table before the first deletion

	logsBefore []string // keys of the live logs before the first deletion

	mu        sync.Mutex
	responses map[string]int // number of responses to concurrent requests, by kind and status
}

// newDeletions starts an API and two workers. The model waits for the gate, and then up to
// 100 ms between the two halves of an answer.
func newDeletions(t *testing.T) *deletions {
	t.Helper()
	d := &deletions{responses: map[string]int{}}
	d.stack = newStack(t, func(prompt string, call int) rig.Act {
		d.gate.act(prompt, call)
		secondHalf := make(chan struct{})
		time.AfterFunc(rand.N(100*time.Millisecond), func() { close(secondHalf) })
		return rig.Act{Amid: secondHalf}
	})
	d.processes = []*rig.Parley{d.start("api"), d.start("worker"), d.start("worker")}
	return d
}

// run creates and deletes targets. survivor is a user whose account and first room remain.
func (d *deletions) run(kind string, rounds int, newTarget func(survivor client.Device) target) {
	d.Helper()
	survivor := rig.Person(d, d.processes[0].URL())
	survivor.Send(survivor.NewRoom("Room"), "before")
	rig.Eventually(d, 10*time.Second, "the first message is answered", func() bool {
		return d.queryInt("SELECT count(*) FROM messages WHERE status <> 'done'") == 0
	})
	d.before = d.countRows()
	d.logsBefore = d.liveLogs()
	for range rounds {
		d.deleteInUse(newTarget(survivor))
		d.checkNothingRemains()
	}
	d.stopProcesses()
	d.checkNothingRemains()
	d.Logf("%d %s deleted with %d messages in flight each: no rows remain; responses to concurrent requests: %v",
		rounds, kind, inFlight, d.responses)
}

// deleteInUse sends messages to the target's rooms. Then it deletes the target while its
// messages are answered and eight clients use its rooms.
func (d *deletions) deleteInUse(t target) {
	d.Helper()
	d.gate.Lock()
	open := sync.OnceFunc(d.gate.Unlock)
	defer open()
	for i := range inFlight {
		roomID, text := t.roomIDs[i%len(t.roomIDs)], fmt.Sprint("in flight ", i)
		t.owner.Send(roomID, text, "Idempotency-Key", roomID+text)
	}
	const unfinished = "SELECT count(*) FROM messages WHERE status IN ('queued', 'running')"
	if n := d.queryInt(unfinished); n != inFlight {
		d.Errorf("%d messages are in flight, want %d", n, inFlight)
	}
	var clients sync.WaitGroup
	for i := range 8 {
		clients.Go(func() { d.useUntilDeleted(t.owner, t.roomIDs[i%len(t.roomIDs)]) })
	}
	open()
	time.Sleep(d.randomDuration(0, 100*time.Millisecond))
	res, err := t.owner.Call("DELETE", t.path, nil)
	if err != nil || res.Status != http.StatusNoContent {
		d.Errorf("DELETE %s: status %d, body %s, error %v; want status 204", t.path, res.Status, res.Body, err)
	}
	clients.Wait()
}

// useUntilDeleted sends messages, and lists messages or long-polls for replies, until the room
// is deleted.
func (d *deletions) useUntilDeleted(owner client.Device, roomID string) {
	messages := "/chatroom/" + roomID + "/messages"
	for {
		key := fmt.Sprint(rand.Uint64())
		body := map[string]string{"content": "more"}
		res, err := owner.Call("POST", "/chatroom/"+roomID+"/message", body, "Idempotency-Key", key)
		if d.recordResponse("send", res, err) {
			return
		}
		path := messages
		if rand.N(4) == 0 {
			path = res.Header.Get("Location") + "?wait=1"
		}
		res, err = owner.Call("GET", path, nil)
		if d.recordResponse("read", res, err) {
			return
		}
	}
}

// recordResponse records a response and reports whether it says that the room or the account is
// deleted. Any other failure fails the test.
func (d *deletions) recordResponse(request string, r client.Response, err error) (gone bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.responses[fmt.Sprint(request, " ", r.Status)]++
	if r.Status == http.StatusNotFound || r.Status == http.StatusUnauthorized {
		return true
	}
	if err != nil || r.Status >= 300 {
		d.Errorf("%s during a deletion: status %d, body %s, error %v; want success, 401 or 404",
			request, r.Status, r.Body, err)
		return true
	}
	return false
}
