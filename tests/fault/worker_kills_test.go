//go:build linux

package fault

import (
	"testing"
	"time"

	"github.com/kuvaka-tech/parley/tests/rig"
)

// A worker is killed many times while it answers. No accepted message is lost or answered twice.
func TestKilledWorkersLoseAndDuplicateNothing(t *testing.T) {
	s := newStack(t, func(string, int) rig.Act { return rig.Act{Latency: 200 * time.Millisecond} })
	messages, kills := times(2000, 240), times(50, 8)
	l := s.newLoad(s.start("api"), messages/2)
	l.send(messages)
	worker := s.start("worker", "WORKER_CONCURRENCY=24") // low, so that one kill cannot interrupt all replies
	s.letRun(worker)
	worker.Kill()
	killed := 1 + s.killRepeatedly(worker, kills-1, kills)
	worker.Start()
	took := l.checkAnswered(3 * time.Minute)
	interrupted := s.queryInt("SELECT coalesce(sum(crashes), 0) FROM messages")
	if interrupted < kills {
		t.Errorf("%d kills interrupted %d attempts, want at least %d", killed, interrupted, kills)
	}
	t.Logf("%d kills interrupted %d attempts: %+v; all answered %s after the last kill",
		killed, interrupted, l.count(), took.Round(time.Millisecond))
}
