//go:build linux

package fault

import (
	"sync"
	"testing"
	"time"
)

// An API killed at random moments under load answers all that it accepted, once.
func TestKillingTheAPI(t *testing.T) {
	s := newStack(t, nil)
	api := s.start("api")
	s.start("worker")
	c := s.newCrowd(api, 50)
	stop := make(chan struct{})
	var sending sync.WaitGroup
	sending.Go(func() { c.sendUntil(stop) })
	kills := times(80, 12)
	for range kills {
		s.last(api)
		api.Kill()
		api.Start()
	}
	close(stop)
	sending.Wait()
	took := c.answered(time.Minute)
	if c.troubles() == 0 {
		t.Error("no sender noticed a kill")
	}
	t.Logf("%d kills: %+v, the last answer %s after the last was sent; troubles %v", kills, c.count(), took.Round(time.Millisecond), c.broken)
}

func (c *crowd) sendUntil(stop <-chan struct{}) {
	for {
		select {
		case <-stop:
			return
		default:
			c.send(16)
		}
	}
}

// say has one more message accepted, in the n-th room.
func (c *crowd) say(n int, text string) {
	c.sent.Add(1)
	c.insist(c.seats[n%len(c.seats)], text)
}

// troubles is how often something else than an acceptance came back.
func (c *crowd) troubles() (n int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, often := range c.broken {
		n += often
	}
	return n
}
