//go:build linux

package fault

import (
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/kuvaka-tech/parley/core/chat"
	"github.com/kuvaka-tech/parley/tests/rig"
)

// hopeless is in a text that the model always refuses to answer, with a status.
const hopeless = "hopeless"

func refusing(status int, prompt string) rig.Act {
	if strings.Contains(prompt, hopeless) {
		return rig.Act{Status: status}
	}
	return rig.Act{}
}

// A message that always fails is tried four times and no more, gives its unit
// back, and holds up nobody in other rooms.
func TestOneThatAlwaysFails(t *testing.T) {
	s := newStack(t, func(prompt string, _ int) rig.Act { return refusing(http.StatusServiceUnavailable, prompt) })
	api := s.start("api")
	s.start("worker")
	s.start("worker")
	for round := range times(5, 1) {
		s.newCrowd(api, 10).oneFails(round)
	}
}

// oneFails sends one text to each of a person's rooms, the first of them hopeless.
func (c *crowd) oneFails(round int) {
	c.Helper()
	texts := make([]string, len(c.seats))
	for n := range texts {
		texts[n] = fmt.Sprintf("round %d, room %d", round, n)
	}
	texts[0] += ", " + hopeless
	var sending sync.WaitGroup
	for n, text := range texts {
		sending.Go(func() { c.say(n, text) })
	}
	sending.Wait()
	began := time.Now()
	within := func(d time.Duration, s chat.Status, texts ...string) time.Duration {
		rig.Eventually(c, d-time.Since(began), fmt.Sprintf("%d replies %s", len(texts), s), func() bool { return c.replies(s, texts...) == len(texts) })
		return time.Since(began).Round(time.Millisecond)
	}
	others := within(2*time.Second, chat.Done, texts[1:]...)
	last := within(20*time.Second, chat.Failed, texts[0])
	c.Logf("the nine others are done within %s; %d attempts at the one, given up after %s; %d units of 10 taken", others, c.model.Calls(texts[0]), last, c.units())
	c.triedAndRefunded(texts[0])
	for _, text := range texts[1:] {
		if n := c.model.Calls(text); n != 1 {
			c.Errorf("the model was asked %q %d times", text, n)
		}
	}
}

// triedAndRefunded looks at a failed reply: each claim was an attempt at the model.
func (c *crowd) triedAndRefunded(text string) {
	c.Helper()
	const row = `SELECT count(*) FROM messages r JOIN messages p ON p.id = r.in_reply_to
		WHERE p.content = $1 AND r.error = $2 AND r.content <> '' AND r.fence = 1 + $3 AND r.errors = $3 AND r.crashes = 0 AND NOT r.unit`
	if n := c.postgres.Count("parley", row, text, chat.CodeUnavailable, chat.MaxRetries); n != 1 {
		c.Errorf("%d rows say that %q failed after %d retries", n, text, chat.MaxRetries)
	}
	if n := c.model.Calls(text); n != 4 {
		c.Errorf("%d attempts at %q", n, text)
	}
	if n := c.units(); n != len(c.seats)-1 {
		c.Errorf("%d units are taken for %d answers", n, len(c.seats)-1)
	}
}

// replies is how many of the texts have a reply in a status.
func (c *crowd) replies(s chat.Status, texts ...string) int {
	c.Helper()
	return c.postgres.Count("parley", `SELECT count(*) FROM messages r JOIN messages p ON p.id = r.in_reply_to
		WHERE r.status = $1 AND p.content = ANY ($2)`, string(s), texts)
}

// units is how many the first room's owner has taken of the day.
func (c *crowd) units() int {
	c.Helper()
	return c.postgres.Count("parley", "SELECT coalesce(sum(n), 0) FROM sent JOIN rooms ON owner = user_id WHERE id = $1", c.seats[0].room)
}
