//go:build linux

package fault

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/kuvaka-tech/parley/tests/client"
	"github.com/kuvaka-tech/parley/tests/rig"
)

// twoAPIs are two API processes with a daily quota of dailyLimit. No worker runs, so no quota
// unit is refunded.
type twoAPIs struct {
	*stack
	processes [2]*rig.Parley
}

const dailyLimit = 5

func startTwoAPIs(t *testing.T) *twoAPIs {
	t.Helper()
	s := newStack(t, nil)
	limit := fmt.Sprint("BASIC_DAILY_LIMIT=", dailyLimit)
	return &twoAPIs{s, [2]*rig.Parley{s.start("api", limit), s.start("api", limit)}}
}

// newUsersRoom returns a room of a new user, who has used no quota. Within 10 s of midnight UTC
// it waits for the new day, so that the quota does not reset during a test.
func (a *twoAPIs) newUsersRoom() room {
	a.Helper()
	midnight := time.Now().UTC().Truncate(24 * time.Hour).Add(24 * time.Hour)
	if left := time.Until(midnight); left < 10*time.Second {
		time.Sleep(left)
	}
	owner := rig.Person(a, a.processes[0].URL())
	return room{owner, owner.NewRoom("Room")}
}

// send sends n messages concurrently and returns the responses. Process i%2 receives the ith
// message. content returns its text.
func (a *twoAPIs) send(r room, n int, content func(i int) string, headers ...string) []client.Response {
	a.Helper()
	responses := make([]client.Response, n)
	var sending sync.WaitGroup
	start := make(chan struct{})
	for i := range n {
		sending.Go(func() {
			<-start
			body := map[string]string{"content": content(i)}
			process := client.At(a.processes[i%2].URL()).As(r.Token)
			res, err := process.Call("POST", "/chatroom/"+r.id+"/message", body, headers...)
			if err != nil {
				a.Errorf("request %d failed: %v", i, err)
			}
			responses[i] = res
		})
	}
	close(start)
	sending.Wait()
	return responses
}

// checkStored fails the test unless the room has n prompts and its owner has used n quota units.
func (a *twoAPIs) checkStored(r room, n int) {
	a.Helper()
	const prompts = "SELECT count(*) FROM messages WHERE room = $1 AND in_reply_to IS NULL"
	if got := a.queryInt(prompts, r.id); got != n {
		a.Errorf("%d prompts are stored, want %d", got, n)
	}
	if got := a.quotaUsed(r.id); got != n {
		a.Errorf("%d quota units are used, want %d", got, n)
	}
}
