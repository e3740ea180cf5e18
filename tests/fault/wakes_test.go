//go:build linux

package fault

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"sync"
	"time"

	goredis "github.com/redis/go-redis/v9"

	"github.com/kuvaka-tech/parley/tests/rig"
)

// taken is how many wake-ups the workers' group was ever given, 0 while there is no group.
func (s *stack) taken() int {
	client := s.redis.Client()
	defer client.Close()
	groups, err := client.XInfoGroups(context.Background(), stream).Result()
	i := slices.IndexFunc(groups, func(g goredis.XInfoGroup) bool { return g.Name == "workers" })
	if err != nil || i < 0 {
		return 0
	}
	return int(groups[i].EntriesRead)
}

// resumed fails the test unless wake-ups reach the workers through the stream
// again in time, whatever the sweep finds, and returns how long that took.
func (c *crowd) resumed(within time.Duration) time.Duration {
	c.Helper()
	before := c.taken()
	return rig.Eventually(c, within, "wake-ups are taken from the stream", func() bool {
		c.send(1)
		return c.taken() > before
	})
}

// quick fails the test unless nearly every one of n messages, one after the other, is
// taken from the stream and answered sooner than a sweep, every second, would find it.
// It returns the time that 9 of 10 answers took.
func (c *crowd) quick(n int) time.Duration {
	c.Helper()
	before, took := c.taken(), make([]time.Duration, n)
	for i := range took {
		began := time.Now()
		c.ask(c.seats[i%len(c.seats)], fmt.Sprintf("quick %d of %d", c.sent.Add(1), *seed))
		took[i] = time.Since(began)
	}
	slices.Sort(took)
	if got := c.taken() - before; got < n {
		c.Errorf("of %d wake-ups %d were taken from the stream", n, got)
	}
	if took[n*9/10] > 400*time.Millisecond {
		c.Errorf("answers took %s", took)
	}
	return took[n*9/10]
}

// ask sends a message once and waits for its answer.
func (c *crowd) ask(s seat, text string) {
	c.Helper()
	a, err := s.Call("POST", "/chatroom/"+s.room+"/message", map[string]string{"content": text}, "Idempotency-Key", text)
	if err != nil || a.Status != http.StatusAccepted {
		c.Fatalf("sending: %d %s %v", a.Status, a.Body, err)
	}
	c.note(text, "")
	if a, err = s.Call("GET", a.Header.Get("Location")+"?wait=30", nil); err != nil || a.Get("content") != rig.Answer(text) {
		c.Errorf("answered: %d %s %v", a.Status, a.Body, err)
	}
}

// pace is how sends went.
type pace struct {
	Sends, Refused int
	Usual, Most    time.Duration // half of them took at most, all of them
}

func (p pace) String() string {
	return fmt.Sprintf("%d sends, of which %d were not answered with 202 at once, half within %s, all within %s", p.Sends, p.Refused, p.Usual.Round(time.Microsecond), p.Most.Round(time.Millisecond))
}

// sendFor sends by 16 senders, 10 a second each, for a time. It fails the test
// unless each is accepted at once, and within a time.
func (c *crowd) sendFor(d, within time.Duration) pace {
	c.Helper()
	var all sync.WaitGroup
	var mu sync.Mutex
	var took []time.Duration
	for until := time.Now().Add(d); time.Now().Before(until); time.Sleep(100 * time.Millisecond) {
		for range 16 {
			all.Go(func() {
				began := time.Now()
				i := c.sent.Add(1)
				c.insist(c.seats[int(i)%len(c.seats)], fmt.Sprintf("message %d of %d", i, *seed))
				mu.Lock()
				defer mu.Unlock()
				took = append(took, time.Since(began))
			})
		}
	}
	all.Wait()
	slices.Sort(took)
	p := pace{len(took), c.troubles(), took[len(took)/2], took[len(took)-1]}
	if p.Refused > 0 || p.Most > within {
		c.Errorf("%+v, and sends were answered with %v", p, c.broken)
	}
	return p
}
