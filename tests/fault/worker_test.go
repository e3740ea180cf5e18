//go:build linux

package fault

import (
	"testing"
	"time"

	"github.com/kuvaka-tech/parley/tests/rig"
)

// A worker killed again and again loses nothing that was accepted, and answers nothing twice.
func TestKillingAWorker(t *testing.T) {
	s := newStack(t, func(string, int) rig.Act { return rig.Act{Latency: 200 * time.Millisecond} })
	messages, kills := times(2000, 240), times(50, 8)
	c := s.newCrowd(s.start("api"), messages/2)
	c.send(messages)
	w := s.start("worker", "WORKER_CONCURRENCY=24") // so few that no kill strands all there is to do
	for range kills {
		s.last(w)
		w.Kill()
		w.Start()
	}
	took := c.answered(3 * time.Minute)
	cut := s.postgres.Count("parley", "SELECT coalesce(sum(crashes), 0) FROM messages")
	if cut < kills {
		t.Errorf("%d kills cut only %d answers short", kills, cut)
	}
	t.Logf("%d kills cut %d answers short: %+v, all answered %s after the last kill", kills, cut, c.count(), took.Round(time.Millisecond))
}

// last lets a process live for 50 to 300 ms, which count from its start or from
// when it is ready: it may not even be up when they are over.
func (s *stack) last(p *rig.Parley) {
	s.Helper()
	if s.IntN(2) == 0 {
		p.Ready(30 * time.Second)
	}
	time.Sleep(s.between(50*time.Millisecond, 300*time.Millisecond))
}
