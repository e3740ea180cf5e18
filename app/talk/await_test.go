package talk_test

import (
	"context"
	"crypto/rand"
	"testing"
	"testing/synctest"
	"time"

	"github.com/kuvaka-tech/parley/app/talk"
	"github.com/kuvaka-tech/parley/core/chat"
)

// awaited is an Await in the background.
type awaited struct {
	message chat.Message
	err     error
	took    time.Duration
	done    bool
}

// await starts an Await of 30 s.
func (h *harness) await(t *testing.T, room, replyID string) *awaited {
	a := &awaited{}
	began := time.Now()
	go func() {
		waiting, cancel := context.WithTimeout(t.Context(), 30*time.Second)
		defer cancel()
		ref := talk.MessageRef{Owner: ada, Room: room, Message: replyID}
		a.message, a.err = h.Await(t.Context(), waiting, ref)
		a.took, a.done = time.Since(began), true
	}()
	synctest.Wait()
	return a
}

// want checks that Await has returned a message with this status.
func (a *awaited) want(t *testing.T, status chat.Status) {
	t.Helper()
	synctest.Wait()
	if !a.done || a.err != nil || a.message.Status != status {
		t.Errorf("Await returned (%t) the status %q, %v, want %q", a.done, a.message.Status, a.err, status)
	}
}

// A waiting request reads the store when it listens and when the reply may be final, but not
// at the start of an attempt and not for its text.
func TestAwaitReadsOnceForEachOutcome(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHarness(t, rand.Reader)
		room, replyID := h.ask(t)
		a := h.await(t, room, replyID)
		j := h.claim(t)
		synctest.Wait()
		j.write("4")
		synctest.Wait()
		j.write("2")
		synctest.Wait()
		j.finish(done("42"))
		a.want(t, chat.Done)
		if n := h.gets.Load(); n != 2 {
			t.Errorf("Await read the message %d times, want 2: when it listened, and at the end", n)
		}
	})
}

// Without notices, a waiting request reads the store every 2 s.
func TestAwaitReadsTheStoreWhileTheLiveLogFails(t *testing.T) {
	logs := map[string]func(*harness){
		"unavailable": (*harness).breakLive,
		"silent":      (*harness).silenceLive,
	}
	for name, breakLog := range logs {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				h := newHarness(t, rand.Reader)
				room, replyID := h.ask(t)
				breakLog(h)
				a := h.await(t, room, replyID)
				h.claim(t).store(done("42"))
				time.Sleep(5 * time.Second)
				a.want(t, chat.Done)
				if a.took > 4*time.Second {
					t.Errorf("Await returned after %v, want at most 4 s", a.took)
				}
			})
		})
	}
}
