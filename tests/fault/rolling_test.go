//go:build linux

package fault

import (
	"fmt"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/kuvaka-tech/parley/tests/client"
	"github.com/kuvaka-tech/parley/tests/rig"
)

// talkers send and long-poll, one message after the other, until they are told to stop.
type talkers struct {
	*crowd
	stop  atomic.Bool
	all   sync.WaitGroup
	polls atomic.Int64 // long-polls
	early atomic.Int64 // those that ended before their time with nothing new, and were resumed
}

// talk has every seat talk at a URL.
func (c *crowd) talk(at string) *talkers {
	t := &talkers{crowd: c}
	for n, s := range c.seats {
		t.all.Go(func() {
			there := seat{client.At(at).As(s.Token), s.room}
			for i := 0; !t.stop.Load(); i++ {
				t.exchange(there, fmt.Sprintf("%d of %d of %d", i, n, *seed))
			}
		})
	}
	return t
}

// exchange sends a message once and polls until it is answered. Anything but the
// contract's answers is noted as trouble.
func (t *talkers) exchange(s seat, text string) {
	a, err := s.Call("POST", "/chatroom/"+s.room+"/message", map[string]string{"content": text}, "Idempotency-Key", text)
	if err != nil || a.Status != http.StatusAccepted {
		t.note("", "sending: "+trouble(a, err))
		time.Sleep(50 * time.Millisecond) // as one who is told to come again
		return
	}
	t.sent.Add(1)
	t.note(text, "")
	reply := a.Header.Get("Location") + "?wait=30"
	for until := time.Now().Add(patience); time.Now().Before(until); {
		began := time.Now()
		a, err = s.Call("GET", reply, nil)
		switch t.polls.Add(1); {
		case err != nil || a.Status != http.StatusOK:
			t.note("", "polling: "+trouble(a, err))
		case a.Get("status") == "done" && a.Get("content") == rig.Answer(text):
			return
		case a.Get("status") != "queued" && a.Get("status") != "running":
			t.note("", "answered: "+a.Get("status")+" "+a.Get("content"))
			return
		case time.Since(began) < 29*time.Second:
			t.early.Add(1)
		}
		time.Sleep(10 * time.Millisecond) // a process that drains answers polls at once
	}
	t.note("", "never answered")
}

// end waits until every talker has had its last answer.
func (t *talkers) end() {
	t.stop.Store(true)
	t.all.Wait()
}

// slowNowAndThen is a model that takes three seconds for messages whose number begins with a 3.
func slowNowAndThen(prompt string, _ int) rig.Act {
	if prompt[0] == '3' {
		return rig.Act{Latency: 3 * time.Second}
	}
	return rig.Act{Latency: 200 * time.Millisecond}
}

// Every process is stopped and started again, one after the other, while people
// talk through a proxy: nobody notices.
func TestRollingRestarts(t *testing.T) {
	s := newStack(t, slowNowAndThen)
	delay := "SHUTDOWN_DELAY=1s"
	apis := []*rig.Parley{s.start("api", delay), s.start("api", delay)}
	all := []*rig.Parley{apis[0], s.start("worker", delay), apis[1], s.start("worker", delay)}
	c := s.newCrowd(apis[0], 40)
	front := rig.NewBalancer(t, apis...)
	people := c.talk(front.URL)
	rounds, slowest := times(20, 1), time.Duration(0)
	for range rounds {
		for _, p := range all {
			slowest = max(slowest, p.Stop(25*time.Second))
			p.Start()
			p.Ready(30 * time.Second)
			front.AllIn(t, 5*time.Second)
		}
	}
	people.end()
	c.answered(time.Second)
	asked, broken := c.askedOnce(), int(front.Broken.Load())+c.troubles()
	if broken > 0 {
		t.Errorf("%d requests broken at the proxy; clients saw %v", front.Broken.Load(), c.broken)
	}
	if people.early.Load() == 0 {
		t.Error("no long-poll was under way when a process stopped")
	}
	t.Logf("%d rounds of 4 restarts: the slowest exit took %s; %d long-polls, of which %d ended early and were resumed; %d broken answers; %d model calls; %+v",
		rounds, slowest.Round(time.Millisecond), people.polls.Load(), people.early.Load(), broken, asked, c.count())
}

// askedOnce fails the test unless the model was asked once for every message: who
// stops in good order leaves nothing half done. It returns how often that was.
func (c *crowd) askedOnce() (calls int) {
	c.Helper()
	for _, text := range c.accepted {
		n := c.model.Calls(text)
		if calls += n; n != 1 {
			c.Errorf("the model was asked %d times for %q", n, text)
		}
	}
	return calls
}
