//go:build linux

package bench

import (
	"fmt"
	"testing"
	"time"

	"github.com/kuvaka-tech/parley/core/reply"
)

const (
	costOf    = 300 // messages that are accepted, claimed and finished in a round of TestClaimCost
	costPages = 30  // messages whose pages are counted
)

// Accepting, claiming and finishing one message after the other through the ports, in a database
// with the stored messages and in one without messages, in turn: while nothing else is queued, and
// while 300 other users have a reply queued. The pages are those of 8 KiB that the statements read,
// from memory or from a file.
//
//	go test ./tests/bench -v -rounds 10 -run TestClaimCost -stored 10000000 -timeout 1h
func TestClaimCost(t *testing.T) {
	s := newQueueStack(t)
	empty := &costRounds{queue: s.open(s.counted("parley")), first: 1}
	s.populate("parley", 2*costOf)
	grown := &costRounds{queue: s.open(s.counted("grown"))}
	grown.first = s.store("grown", 2*costOf)
	for _, others := range []int{0, costOf} {
		empty.start(others)
		grown.start(others)
		for round := range *rounds {
			first, second := empty, grown
			if round%2 == 1 {
				first, second = grown, empty
			}
			first.measure()
			second.measure()
		}
		for i, what := range []string{"accept", "claim of one", "finish"} {
			what = fmt.Sprintf("%s while %d others are queued", what, others)
			logCosts(t, what, empty.ops[i], grown.ops[i])
		}
	}
}

// logCosts logs the times and the pages of an operation, and the ratio of the times.
func logCosts(t *testing.T, what string, empty, grown cost) {
	t.Helper()
	var ratios series
	for i := range empty.ms {
		ratios = append(ratios, grown.ms[i]/empty.ms[i])
	}
	t.Logf("%s: ratio %s; %s ms with %d messages, %s ms with none; pages %.0f and %.0f",
		what, ratios, grown.ms, *stored, empty.ms, grown.pages, empty.pages)
}

// cost is the cost of an operation on one database.
type cost struct {
	ms    series  // the medians of the rounds
	pages float64 // the mean
}

// costRounds are the rounds on one database.
type costRounds struct {
	*queue
	first int     // the number of the first room
	ops   [3]cost // accept, claim, finish
}

// start queues the replies of others and begins new rounds. It counts the pages, which also prepares
// the statements of the connections.
func (c *costRounds) start(others int) {
	c.Helper()
	for i := range others {
		c.accept(c.first + costOf + i)
	}
	c.ops = [3]cost{}
	for n := range costPages {
		for i, step := range c.steps(n) {
			c.resetCounts(c.database)
			step()
			c.ops[i].pages += float64(c.pages(c.database)) / costPages
		}
	}
}

// measure measures a round.
func (c *costRounds) measure() {
	c.Helper()
	var took [3][]time.Duration
	for n := range costOf {
		for i, step := range c.steps(n) {
			took[i] = append(took[i], timed(step))
		}
	}
	for i := range c.ops {
		c.ops[i].ms = append(c.ops[i].ms, quantile(took[i], .5).Seconds()*1000)
	}
}

// steps returns the operations for the nth message of a round. The claimed reply may be another one.
func (c *costRounds) steps(n int) [3]func() {
	var tasks []reply.Task
	return [3]func(){
		func() { c.accept(c.first + n) },
		func() { tasks = c.claim(1) },
		func() { c.finish(tasks...) },
	}
}
