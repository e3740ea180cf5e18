//go:build linux

package fault

import (
	"testing"
	"time"
)

// An API process is killed at random times under load. Every accepted message gets one reply.
func TestKilledAPILosesNoAcceptedMessage(t *testing.T) {
	s := newStack(t, nil)
	api := s.start("api")
	s.start("worker")
	l := s.newLoad(api, 50)
	stop := l.startSending()
	kills := times(80, 12)
	for range kills {
		s.letRun(api)
		api.Kill()
		api.Start()
	}
	stop()
	took := l.checkAnswered(time.Minute)
	if l.countFailures() == 0 {
		t.Error("no request failed, so no kill happened during a request")
	}
	t.Logf("%d kills: %+v; last answer %s after the last send; failed requests %v",
		kills, l.count(), took.Round(time.Millisecond), l.failures)
}
