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

// tokensPerAnswer is the usage that the echo reports for an answer to "canary".
var tokensPerAnswer = int64(chat.Tokens("canary") + chat.Tokens("You said: canary"))

// wantAnswersCounted fails unless the store has counted the tokens of n answers.
func (h *harness) wantAnswersCounted(t *testing.T, when string, n int64) {
	t.Helper()
	total, err := memory.TokenSpend{Store: h.store.Store}.Total(t.Context(), quota.DayOf(time.Now()))
	if err != nil {
		t.Fatalf("reading the token spend: %v", err)
	}
	if want := n * tokensPerAnswer; total != want {
		t.Errorf("token spend %s = %d, want %d, for %d answers", when, total, want, n)
	}
}

// The token usage is written once a second and at the end. An outage of the store loses nothing.
func TestTokenUsageIsWritten(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var unavailable atomic.Bool
		h := start(t, fake.NewEcho(fake.EchoOptions{}), 4, unavailable.Load)
		time.Sleep(time.Second / 2)
		h.send(t)
		h.send(t)
		synctest.Wait()
		h.wantAnswersCounted(t, "before the next sweep", 0)
		time.Sleep(time.Second)
		h.wantAnswersCounted(t, "after the next sweep", 2)
		h.send(t)
		synctest.Wait()
		unavailable.Store(true)
		time.Sleep(3 * time.Second)
		unavailable.Store(false)
		time.Sleep(time.Second)
		h.wantAnswersCounted(t, "after an outage", 3)
		h.send(t)
		synctest.Wait()
		h.stop()
		h.wantAnswersCounted(t, "after the stop", 4)
	})
}

// Token usage that cannot be written at the end is lost, so the log must report it.
func TestLostTokenUsageIsLogged(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := start(t, fake.NewEcho(fake.EchoOptions{}), 4, alwaysAvailable)
		h.store.frozenSpend = true
		h.send(t)
		synctest.Wait()
		h.stop()
		if !strings.Contains(h.log.String(), "writing the last token usage") {
			t.Errorf("the log does not report the lost token usage:\n%s", h.log)
		}
	})
}
