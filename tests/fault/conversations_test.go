//go:build linux

package fault

import (
	"fmt"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"github.com/kuvaka-tech/parley/core/chat"
	"github.com/kuvaka-tech/parley/tests/client"
	"github.com/kuvaka-tech/parley/tests/rig"
)

// conversations send messages to all rooms of a load. Each room gets the next message after
// the answer to the one before. Every failed request is recorded as a failure of the load.
type conversations struct {
	*load
	stopped atomic.Bool
	running sync.WaitGroup
	polls   atomic.Int64
	early   atomic.Int64 // long-polls that returned an unfinished reply before their timeout
}

// startConversations starts one conversation per room, with requests to a URL.
func (l *load) startConversations(baseURL string) *conversations {
	c := &conversations{load: l}
	for n, r := range l.rooms {
		there := room{client.Device{Client: client.At(baseURL).As(r.Token), TB: r.TB}, r.id}
		c.running.Go(func() {
			for i := 0; !c.stopped.Load(); i++ {
				c.exchange(there, fmt.Sprintf("%d, room %d, seed %d", i, n, *seed))
			}
		})
	}
	return c
}

// exchange sends a message once and polls until it is answered.
func (c *conversations) exchange(r room, text string) {
	res, err := r.trySend(text)
	if err != nil || res.Status != http.StatusAccepted {
		c.recordFailure("send: " + failureKind(res, err))
		time.Sleep(50 * time.Millisecond)
		return
	}
	c.sent.Add(1)
	c.recordAccepted(text)
	c.pollUntilAnswered(r, res.Header.Get("Location"), text)
}

// pollUntilAnswered long-polls a reply until it is final.
func (c *conversations) pollUntilAnswered(r room, path, text string) {
	for until := time.Now().Add(acceptTimeout); time.Now().Before(until); {
		began := time.Now()
		res, err := r.Call("GET", path+"?wait=30", nil)
		c.polls.Add(1)
		status := chat.Status(res.Field("status"))
		switch {
		case err != nil || res.Status != http.StatusOK:
			c.recordFailure("poll: " + failureKind(res, err))
		case status == chat.Done && res.Field("content") == rig.Answer(text):
			return
		case status != chat.Queued && status != chat.Running:
			c.recordFailure(fmt.Sprintf("reply: %s %s", status, res.Field("content")))
			return
		case time.Since(began) < 29*time.Second:
			c.early.Add(1)
		}
		time.Sleep(10 * time.Millisecond) // a process that stops answers long-polls immediately
	}
	c.recordFailure("no answer")
}

// stop waits until every conversation has its last answer.
func (c *conversations) stop() {
	c.stopped.Store(true)
	c.running.Wait()
}
