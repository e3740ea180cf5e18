//go:build linux

package fault

import (
	"testing"
	"time"

	"github.com/kuvaka-tech/parley/core/chat"
	"github.com/kuvaka-tech/parley/tests/rig"
)

// A model slower than the lease is asked once. One that hangs is left when the
// attempt's time is over, and asked again; until then nobody else asks it.
func TestSlowModels(t *testing.T) {
	const slow, hangs = "slow", "hangs"
	s := newStack(t, func(prompt string, call int) rig.Act {
		if prompt == hangs {
			return rig.Act{Hang: call == 1}
		}
		return rig.Act{Latency: chat.Lease + time.Second}
	})
	c := s.newCrowd(s.start("api"), 2)
	s.start("worker")
	s.start("worker") // to take over what is not renewed
	began := time.Now()
	c.say(0, slow)
	c.say(1, hangs)
	rig.Eventually(t, 20*time.Second, "the slow one is answered", func() bool { return c.replies(chat.Done, slow) == 1 })
	c.claims(slow, 1, 0)
	c.claims(hangs, 1, 0)
	t.Logf("a model slower than a lease of %s: %d call, answered after %s", chat.Lease, s.model.Calls(slow), time.Since(began).Round(time.Millisecond))
	if !*whole {
		return
	}
	rig.Eventually(t, chat.AttemptTimeout, "the attempt that hangs has ended", func() bool { return c.replies(chat.Queued, hangs) == 1 })
	ended := time.Since(began)
	if ended < chat.AttemptTimeout || ended > chat.AttemptTimeout+5*time.Second {
		t.Errorf("an attempt that may take %s ended after %s", chat.AttemptTimeout, ended)
	}
	c.answered(20 * time.Second)
	c.claims(hangs, 2, 1)
	t.Logf("a model that hung once: left after %s, %d calls, answered after %s",
		ended.Round(time.Millisecond), s.model.Calls(hangs), time.Since(began).Round(time.Millisecond))
}

// claims fails the test unless a text's reply was claimed so often, each time
// for one call of the model, with so many errors of that and no crash.
func (c *crowd) claims(text string, n, errors int) {
	c.Helper()
	if calls := c.model.Calls(text); calls != n {
		c.Errorf("%q: %d calls of the model, want %d", text, calls, n)
	}
	if c.postgres.Count("parley", `SELECT count(*) FROM messages r JOIN messages p ON p.id = r.in_reply_to
		WHERE p.content = $1 AND r.fence = $2 AND r.errors = $3 AND r.crashes = 0`, text, n, errors) != 1 {
		c.Errorf("%q was not claimed %d times with %d errors", text, n, errors)
	}
}
