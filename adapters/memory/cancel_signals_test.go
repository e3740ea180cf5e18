package memory

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/kuvaka-tech/parley/core/id"
)

// Signals must not gather for a receiver that has ended, or for one that has stalled.
func TestWaitingCancelSignalsAreBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := NewCancelSignals()
		ctx, cancel := context.WithCancel(t.Context())
		handled := 0
		go s.Receive(ctx, func(id.ID) {
			handled++
			time.Sleep(time.Millisecond)
		})
		send := func(n int) {
			synctest.Wait()
			for range n {
				if err := s.Send(t.Context(), "r"); err != nil {
					t.Fatalf("send a signal: %v", err)
				}
			}
			synctest.Wait()
		}
		send(1)
		send(maxWaitingSignals + 1000) // while the first is being handled
		time.Sleep(time.Hour)
		synctest.Wait()
		if want := 1 + maxWaitingSignals; handled != want {
			t.Errorf("the receiver handled %d signals, want %d", handled, want)
		}
		cancel()
		synctest.Wait()
		if n := len(s.receivers); n != 0 {
			t.Errorf("%d receivers remain after Receive has returned, want 0", n)
		}
	})
}
