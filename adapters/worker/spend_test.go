package worker_test

import (
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/kuvaka-tech/parley/adapters/fake"
	"github.com/kuvaka-tech/parley/adapters/memory"
	"github.com/kuvaka-tech/parley/core/chat"
	"github.com/kuvaka-tech/parley/core/quota"
)

// spent is what the store counts of the bubble's first day.
func (w *world) spent(t *testing.T) int64 {
	t.Helper()
	n, err := memory.Spend{Store: w.store.Store}.Spent(t.Context(), quota.DayOf(time.Now()))
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// each is what an answer to "canary" takes, as the echo counts.
var each = int64(chat.Tokens("canary") + chat.Tokens("You said: canary"))

// What is spent is written once a second and in the end, and never lost while the process lives.
func TestWhatIsSpentIsWritten(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var away atomic.Bool
		w := run(t, fake.NewEcho(fake.EchoOptions{}), 4, away.Load)
		time.Sleep(time.Second / 2)
		w.ask(t)
		w.ask(t)
		synctest.Wait()
		if n := w.spent(t); n != 0 {
			t.Errorf("%d tokens written at once", n)
		}
		time.Sleep(time.Second)
		if n := w.spent(t); n != 2*each {
			t.Errorf("%d tokens after a second, want %d", n, 2*each)
		}
		w.ask(t)
		synctest.Wait()
		away.Store(true)
		time.Sleep(3 * time.Second)
		away.Store(false)
		time.Sleep(time.Second)
		if n := w.spent(t); n != 3*each {
			t.Errorf("%d tokens after an outage, want %d", n, 3*each)
		}
		w.ask(t)
		synctest.Wait()
		w.stop()
		if n := w.spent(t); n != 4*each {
			t.Errorf("%d tokens in the end, want %d", n, 4*each)
		}
	})
}

// Tokens that cannot be written in the end are told of: nobody counts them any more.
func TestWhatIsSpentAndLost(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := run(t, fake.NewEcho(fake.EchoOptions{}), 4, present)
		w.store.frozen = true
		w.ask(t)
		synctest.Wait()
		w.stop()
		if !strings.Contains(w.log.String(), "counting what was spent last") {
			t.Errorf("logged %s", w.log)
		}
	})
}
