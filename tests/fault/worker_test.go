//go:build linux

package fault

import (
	"sync"
	"testing"
	"time"

	"github.com/kuvaka-tech/parley/tests/rig"
)

// A worker killed again and again loses nothing that was accepted, and answers nothing twice.
func TestKillingAWorker(t *testing.T) {
	s := newStack(t, func(string, int) rig.Act { return rig.Act{Latency: 50 * time.Millisecond} })
	api := s.start("api")
	w := s.start("worker")
	c := s.newCrowd(api, 100)
	var sending sync.WaitGroup
	sending.Go(func() { c.send(times(2000, 400)) })
	kills := times(50, 8)
	for range kills {
		time.Sleep(s.between(50*time.Millisecond, 300*time.Millisecond))
		w.Kill()
		w.Start()
	}
	sending.Wait()
	took := c.answered(2 * time.Minute)
	t.Logf("%d kills, %+v, the last answer %s after the last was sent; troubles %v", kills, c.count(), took.Round(time.Millisecond), c.broken)
}
