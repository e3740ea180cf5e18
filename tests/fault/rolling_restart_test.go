//go:build linux

package fault

import (
	"testing"
	"time"

	"github.com/kuvaka-tech/parley/tests/rig"
)

// modelWithSlowAnswers takes 3 s for conversation messages whose number begins with 3, and
// 200 ms for others.
func modelWithSlowAnswers(prompt string, _ int) rig.Act {
	if prompt[0] == '3' {
		return rig.Act{Latency: 3 * time.Second}
	}
	return rig.Act{Latency: 200 * time.Millisecond}
}

// shutdownDelay is much longer than a balancer needs to learn that a process drains, so that it
// learns this on a busy machine, too.
const shutdownDelay = "SHUTDOWN_DELAY=3s"

// Every process is stopped and started again, one after the other, behind a load balancer. No
// request fails, and the model is called once for each message.
func TestRollingRestartsBreakNoRequest(t *testing.T) {
	s := newStack(t, modelWithSlowAnswers)
	apis := []*rig.Parley{s.start("api", shutdownDelay), s.start("api", shutdownDelay)}
	all := []*rig.Parley{apis[0], s.start("worker"), apis[1], s.start("worker")}
	l := s.newLoad(apis[0], 40)
	balancer := rig.NewBalancer(t, apis...)
	c := l.startConversations(balancer.URL)
	rounds := times(20, 1)
	var slowest time.Duration
	for range rounds {
		for _, p := range all {
			slowest = max(slowest, p.Stop(25*time.Second))
			p.Start()
			p.Ready(30 * time.Second)
			balancer.WaitReady(t, 30*time.Second)
		}
	}
	c.stop()
	l.checkAnswered(time.Second)
	calls := l.checkModelCalledOnce()
	broken := balancer.Broken()
	if len(broken) > 0 || l.countFailures() > 0 {
		t.Errorf("%d requests failed at the balancer, the first are %q; clients saw %v; want no failures",
			len(broken), broken[:min(len(broken), 5)], l.failures)
	}
	if n, want := balancer.Announced(), rounds*len(apis); n != want {
		t.Errorf("%d API processes said that they drain before they stopped listening, want %d", n, want)
	}
	if c.early.Load() == 0 {
		t.Error("no long-poll was running when a process stopped")
	}
	t.Logf("%d rounds of %d restarts: slowest exit %s; %d long-polls, %d of them ended early and were repeated; "+
		"%d failed requests; %d model calls; %+v", rounds, len(all), slowest.Round(time.Millisecond),
		c.polls.Load(), c.early.Load(), len(broken)+l.countFailures(), calls, l.count())
}
