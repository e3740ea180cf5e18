//go:build linux

package bench

import (
	"bytes"
	"fmt"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/kuvaka-tech/parley/tests/client"
	"github.com/kuvaka-tech/parley/tests/rig"
)

// unfinished counts the replies that are not answered. A partial index makes it cheap.
const unfinished = "SELECT count(*) FROM messages WHERE status IN ('queued', 'running')"

// 500 messages are sent concurrently to a model that takes 200 ms.
func TestFiveHundredConcurrent(t *testing.T) {
	const senders, latency = 500, 200 * time.Millisecond
	s := newStack(t)
	api := s.start("api")
	s.start("worker", "ECHO_LATENCY="+latency.String(), "WORKER_CONCURRENCY=512")
	s.populate("parley", senders)
	devices := s.devices(api, senders)
	countUnfinished := s.postgres.Counter("parley", unfinished)
	var all series
	for range *rounds {
		all = append(all, s.burst(devices, countUnfinished).Seconds())
	}
	t.Logf("%d concurrent messages, model latency %s: all answered after %s s", senders, latency, all)
}

// burst sends one message from each device concurrently, and returns the time until the last
// answer was written.
func (s *stack) burst(devices []*client.Client, countUnfinished func() int) time.Duration {
	s.Helper()
	const answered = "SELECT count(*) FROM messages WHERE status = 'done' AND in_reply_to IS NOT NULL"
	before := s.postgres.Count("parley", answered)
	start := time.Now()
	var all sync.WaitGroup
	for n, d := range devices {
		all.Go(func() { s.send(d, n+1) })
	}
	all.Wait()
	rig.Eventually(s, 30*time.Second, "all are answered", func() bool { return countUnfinished() == 0 })
	took := time.Since(start)
	if n := s.postgres.Count("parley", answered) - before; n != len(devices) {
		s.Fatalf("%d answers were written, want %d", n, len(devices))
	}
	return took
}

// One message at a time: from the send to the answer through a long-poll.
func TestOneAtATime(t *testing.T) {
	s := newStack(t)
	api := s.start("api")
	s.start("worker")
	s.populate("parley", 10)
	devices := s.devices(api, 10)
	var took []time.Duration
	for n := range 100 * *rounds {
		d := devices[n%len(devices)]
		start := time.Now()
		reply := s.send(d, n%len(devices)+1)
		r, err := d.Call("GET", reply+"?wait=30", nil)
		if err != nil || r.Field("status") != "done" {
			t.Fatalf("wait for %s: %s, error %v; want status done", reply, r.Body, err)
		}
		took = append(took, time.Since(start))
	}
	t.Logf("%d messages one at a time, model latency 0 ms: median %s, 95th percentile %s",
		len(took), quantile(took, .5), quantile(took, .95))
}

// devices returns clients of the users 1 to n.
func (s *stack) devices(at *rig.Parley, n int) []*client.Client {
	s.Helper()
	var devices []*client.Client
	for _, token := range s.tokens(n) {
		devices = append(devices, client.At(at.URL()).As(token))
	}
	return devices
}

// send sends a message as user n and returns the path of its reply.
func (s *stack) send(d *client.Client, n int) (reply string) {
	s.Helper()
	path := fmt.Sprintf("/chatroom/%s/message", uuid(roomKind, n))
	a, err := d.Call("POST", path, map[string]string{"content": "hello"})
	if err != nil || a.Status != http.StatusAccepted {
		s.Errorf("send: status %d %s, error %v; want 202", a.Status, bytes.TrimSpace(a.Body), err)
	}
	return a.Header.Get("Location")
}
