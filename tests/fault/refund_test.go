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

// A reply that fails for good gives its unit back once, whenever its worker is
// killed: before that is committed, after it, and at random.
func TestKillingAtTheRefund(t *testing.T) {
	var strikes sync.Map // by text: what the model's first answer waits for
	s := newStack(t, func(prompt string, call int) rig.Act {
		act := refusing(http.StatusBadRequest, prompt)
		act.Latency = 200 * time.Millisecond
		if until, found := strikes.Load(prompt); found && call == 1 {
			act.Until = until.(chan struct{})
		}
		return act
	})
	c := s.newCrowd(s.start("api"), times(110, 50))
	w := s.start("worker", "WORKER_CONCURRENCY=16", unbound)
	rounds, messages, kills := times(10, 1), times(200, 120), times(5, 8)
	for round := range rounds {
		c.strike(w, round, &strikes)
		c.mix(round, messages)
		for range kills {
			w.Start()
			c.last(w)
			w.Kill()
		}
		w.Start()
		rig.Eventually(t, time.Minute, "every reply is final", func() bool { return c.count().Waiting == 0 })
	}
	cut := s.postgres.Count("parley", "SELECT sum(crashes) FROM messages")
	if cut < rounds*(4+kills) {
		t.Errorf("%d kills cut only %d answers short", rounds*(1+kills), cut)
	}
	wrong := c.refunded()
	t.Logf("%d kills at random and %d at 8 refunds each cut %d answers short: %+v, %d people's counts are wrong", rounds*kills, rounds, cut, c.count(), wrong)
}

// strike kills a worker that is giving back the units of a person's first eight
// rooms: those of four are not committed, those of the others are, right after
// its death. The person has others taken that must stay. The worker stays dead.
func (c *crowd) strike(w *rig.Parley, round int, strikes *sync.Map) {
	c.Helper()
	until := make(chan struct{})
	var texts []string
	for n := range 8 {
		texts = append(texts, fmt.Sprintf("strike %d in room %d, %s", round, n, hopeless))
		strikes.Store(texts[n], until)
		c.say(n, texts[n])
		c.say(8, fmt.Sprintf("strike %d, number %d in another room", round, n))
	}
	c.asked(texts)
	locks := c.catch(texts, func() { close(until) })
	w.Kill()
	for _, l := range locks[:4] {
		l.undo()
	}
	for _, l := range locks {
		l.release()
	}
	rig.Eventually(c, 5*time.Second, "what was sent is committed", func() bool { return c.replies(chat.Failed, texts[4:]...) == 4 })
	if n := c.replies(chat.Running, texts[:4]...); n != 4 {
		c.Errorf("of 4 replies %d are still running after their ends were undone", n)
	}
}

// catch locks the texts' rooms, which are the first ones, and catches their ends there.
func (c *crowd) catch(texts []string, end func()) (locks []*lock) {
	c.Helper()
	for n := range texts {
		locks = append(locks, c.lock(c.seats[n].room))
	}
	end()
	for _, l := range locks {
		l.caught()
	}
	return locks
}

// mix sends messages to all rooms but a person's first ten; two of three are hopeless.
func (c *crowd) mix(round, messages int) {
	var all sync.WaitGroup
	const senders = 8
	for first := range senders {
		all.Go(func() {
			for i := first; i < messages; i += senders {
				c.say(10+i%(len(c.seats)-10), fmt.Sprintf("mixed %d in round %d %s", i, round, []string{"", hopeless, hopeless}[i%3]))
			}
		})
	}
	all.Wait()
}

// refunded fails the test unless every hopeless message has failed, every other
// is answered, and each person's day counts the answered ones. It returns how many days do not.
func (c *crowd) refunded() (people int) {
	c.Helper()
	want := tally{Accepted: len(c.accepted)}
	for _, text := range c.accepted {
		want.Failed += strings.Count(text, hopeless)
	}
	if got := c.count(); got != want {
		c.Errorf("the messages are %+v, want %+v", got, want)
	}
	const wrong = `
		WITH due AS (
			SELECT r.owner, count(*) FILTER (WHERE m.content NOT LIKE '%' || $1) AS n FROM rooms r JOIN messages m ON m.room = r.id
			WHERE m.in_reply_to IS NULL GROUP BY r.owner
		), taken AS (SELECT user_id, sum(n) AS n FROM sent GROUP BY user_id)
		SELECT count(*) FROM due LEFT JOIN taken ON user_id = owner WHERE taken.n IS DISTINCT FROM due.n`
	if people = c.postgres.Count("parley", wrong, hopeless); people != 0 {
		c.Errorf("%d people's counts are wrong", people)
	}
	if n := c.postgres.Count("parley", "SELECT count(*) FROM messages WHERE unit <> (status = 'done' AND in_reply_to IS NOT NULL)"); n != 0 {
		c.Errorf("%d replies have a unit that is not theirs, or lack their own", n)
	}
	return people
}
