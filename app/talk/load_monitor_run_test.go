package talk_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"
)

// Run reports the end without a message. It reads the load only during an overload.
func TestTheEndOfAnOverloadIsReportedWithoutAMessage(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newLoadHarness(t)
		ctx, stop := context.WithCancel(t.Context())
		ended := make(chan struct{})
		go func() {
			defer close(ended)
			h.monitor.Run(ctx, clock{})
		}()
		want := "["
		for range 2 {
			h.load.usersAhead.Store(6)
			h.checkRefuses(t, true)
			want += "true 6"
			h.load.usersAhead.Store(3)
			h.waitWithoutMessages(59 * time.Second)
			h.checkChanges(t, want+"]")
			h.waitWithoutMessages(11 * time.Second)
			h.checkChanges(t, want+" false 3]")
			want += " false 3 "
			reads := h.load.reads.Load()
			h.waitWithoutMessages(time.Hour)
			if h.load.reads.Load() != reads {
				t.Errorf("the load was read %d times in the hour after the overload, want 0", h.load.reads.Load()-reads)
			}
		}
		stop()
		<-ended
	})
}

// waitWithoutMessages waits until Run has done what is due in this time.
func (h *loadHarness) waitWithoutMessages(d time.Duration) {
	time.Sleep(d)
	synctest.Wait()
}

// A stop during an overload ends Run.
func TestRunEndsDuringAnOverload(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newLoadHarness(t)
		h.load.usersAhead.Store(6)
		h.checkRefuses(t, true)
		ctx, stop := context.WithTimeout(t.Context(), time.Minute+time.Second)
		defer stop()
		began := time.Now()
		h.monitor.Run(ctx, clock{})
		if took := time.Since(began); took != time.Minute+time.Second {
			t.Errorf("Run returned after %v, want it to return at the end of its context, after 61s", took)
		}
	})
}
