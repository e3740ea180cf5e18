//go:build linux

package fault

import (
	"testing"
	"time"

	"github.com/kuvaka-tech/parley/core/chat"
	"github.com/kuvaka-tech/parley/core/reply"
	"github.com/kuvaka-tech/parley/tests/rig"
)

// A model that is slower than the lease is called once. An attempt at a model that hangs ends
// after reply.AttemptTimeout and is retried; no other worker claims the reply before that.
func TestSlowModelIsCalledOnceAndHangingModelIsRetried(t *testing.T) {
	const slow, hanging = "slow", "hanging"
	s := newStack(t, func(prompt string, call int) rig.Act {
		if prompt == hanging {
			return rig.Act{Hang: call == 1}
		}
		return rig.Act{Latency: reply.Lease + time.Second}
	})
	l := s.newLoad(s.start("api"), 2)
	s.start("worker")
	s.start("worker") // would claim a reply whose lease is not renewed
	began := time.Now()
	l.sendText(0, slow)
	l.sendText(1, hanging)
	answered := l.waitReplies(began, 20*time.Second, chat.Done, slow)
	l.checkClaims(slow, 1, 0)
	l.checkClaims(hanging, 1, 0)
	t.Logf("model slower than the lease of %s: %d call, answered after %s",
		reply.Lease, s.model.Calls(slow), answered)
	if !*runWhole {
		return
	}
	rig.Eventually(t, reply.AttemptTimeout, "the hanging attempt has ended", func() bool {
		return l.countReplies(chat.Queued, hanging) == 1
	})
	ended := time.Since(began)
	if ended < reply.AttemptTimeout || ended > reply.AttemptTimeout+5*time.Second {
		t.Errorf("the hanging attempt ended after %s, want %s to %s",
			ended, reply.AttemptTimeout, reply.AttemptTimeout+5*time.Second)
	}
	l.checkAnswered(20 * time.Second)
	l.checkClaims(hanging, 2, 1)
	t.Logf("model that hangs once: attempt ended after %s, %d calls, answered after %s",
		ended.Round(time.Millisecond), s.model.Calls(hanging), time.Since(began).Round(time.Millisecond))
}

// checkClaims fails the test unless the reply to a prompt was claimed n times, with one model
// call for each claim, this number of failed attempts and no expired lease.
func (l *load) checkClaims(prompt string, n, errors int) {
	l.Helper()
	if calls := l.model.Calls(prompt); calls != n {
		l.Errorf("the model was called %d times for %q, want %d", calls, prompt, n)
	}
	const query = `
		SELECT count(*)
		FROM messages reply JOIN messages prompt ON prompt.id = reply.in_reply_to
		WHERE prompt.content = $1 AND reply.fence = $2 AND reply.errors = $3 AND reply.crashes = 0`
	if l.queryInt(query, prompt, n, errors) != 1 {
		l.Errorf("the reply to %q does not have %d claims, %d errors and no crashes", prompt, n, errors)
	}
}
