//go:build linux

package bench

import (
	"bytes"
	"fmt"
	"net/http"
	"os"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/kuvaka-tech/parley/tests/client"
	"github.com/kuvaka-tech/parley/tests/rig"
)

// Messages sent at once are answered at once, whatever the model takes.
func TestFiveHundredAtOnce(t *testing.T) {
	const people, latency = 500, 200 * time.Millisecond
	s := newStack(t)
	api := s.start("api")
	s.start("worker", "ECHO_LATENCY="+latency.String(), "WORKER_CONCURRENCY=512")
	s.populate("parley", 1, people)
	devices := s.devices(api, people)
	var all series
	for range *rounds {
		all = append(all, s.burst(devices).Seconds())
	}
	t.Logf("%d messages at once, a model of %s: all answered after %s s", people, latency, all)
}

// burst has everybody send at the same moment, and says how long it was from
// then until the last answer was written.
func (s *stack) burst(devices []*client.Client) time.Duration {
	s.Helper()
	answered := s.postgres.Counter("parley", "SELECT count(*) FROM messages WHERE status = 'done' AND in_reply_to IS NOT NULL")
	before := answered()
	left := s.postgres.Counter("parley", "SELECT count(*) FROM messages WHERE status IN ('queued', 'running')") // by an index of few rows
	began := time.Now()
	var all sync.WaitGroup
	for n, d := range devices {
		all.Go(func() { s.send(d, n+1) })
	}
	all.Wait()
	rig.Eventually(s, 30*time.Second, "all are answered", func() bool { return left() == 0 })
	took := time.Since(began)
	if n := answered() - before; n != len(devices) {
		s.Fatalf("%d answers, want %d", n, len(devices))
	}
	return took
}

// One message at a time: from sending it to having its answer, by a long-poll.
func TestOneAtATime(t *testing.T) {
	s := newStack(t)
	api := s.start("api")
	s.start("worker")
	s.populate("parley", 1, 10)
	devices := s.devices(api, 10)
	var took []time.Duration
	for n := range 100 * *rounds {
		d := devices[n%len(devices)]
		began := time.Now()
		reply := s.send(d, n%len(devices)+1)
		if a, err := d.Call("GET", reply+"?wait=30", nil); err != nil || a.Get("status") != "done" {
			t.Fatalf("%s %v", a.Body, err)
		}
		took = append(took, time.Since(began))
	}
	t.Logf("%d messages one at a time, a model of 0 ms: median %s, 95th percentile %s", len(took), quantile(took, .5), quantile(took, .95))
}

// What the processes hold after a load.
func TestMemory(t *testing.T) {
	s := newStack(t)
	api, worker := s.start("api"), s.start("worker")
	s.populate("parley", 1, crowd)
	sent := s.wrk(clients, api.URL(), "-s", s.sender()).requests
	rig.Eventually(t, 2*time.Minute, "all are answered", func() bool {
		return s.postgres.Count("parley", "SELECT count(*) FROM messages WHERE status IN ('queued', 'running')") == 0
	})
	t.Logf("after %d messages, sent and answered: api %.1f MB and worker %.1f MB, PSS", sent, pss(t, api), pss(t, worker))
}

// pss is a process's proportional share of memory in MB (proc(5), smaps_rollup).
func pss(t *testing.T, p *rig.Parley) float64 {
	t.Helper()
	raw, err := os.ReadFile(fmt.Sprintf("/proc/%d/smaps_rollup", p.PID()))
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(raw)) {
		if rest, found := strings.CutPrefix(line, "Pss:"); found {
			kB, err := strconv.Atoi(strings.Fields(rest)[0])
			if err != nil {
				t.Fatal(err)
			}
			return float64(kB) / 1000
		}
	}
	t.Fatal("no Pss in smaps_rollup")
	return 0
}

// devices are those of people 1 to n.
func (s *stack) devices(at *rig.Parley, n int) []*client.Client {
	s.Helper()
	var devices []*client.Client
	for _, token := range s.tokens(n) {
		devices = append(devices, client.At(at.URL()).As(token))
	}
	return devices
}

// send returns the path of the reply to a message of person n's.
func (s *stack) send(d *client.Client, n int) (reply string) {
	s.Helper()
	a, err := d.Call("POST", fmt.Sprintf("/chatroom/%s/message", uuid(roomKind, n)), map[string]string{"content": "hello"})
	if err != nil || a.Status != http.StatusAccepted {
		s.Errorf("%d %s %v", a.Status, bytes.TrimSpace(a.Body), err)
	}
	return a.Header.Get("Location")
}
