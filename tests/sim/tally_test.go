package sim

import (
	"fmt"
	"strings"
	"time"

	"github.com/kuvaka-tech/parley/core/chat"
	"github.com/kuvaka-tech/parley/core/reply"
)

// kinds are the kinds of events of a day. A simulation in which a kind never happens proves
// nothing about it.
var kinds = []string{
	"requests for an answer", "messages", "edits", "retries", "over the quota", "too late", "repeated keys",
	"cancels", "answered", "failed", "cancelled without text", "cancelled with text",
	"failed or cancelled beyond the refunds",
	"updated rooms", "searches", "deleted rooms", "upgrades", "refreshes", "titles", "summaries",
	"listeners", "resumed watchers", "polls", "slow clients", "events", "deltas", "resets",
	"followed from start to end", "compared messages",
	"faults", "crashes", "outages of the live log", "losses of the live log",
}

// tally counts the events of a day by kind.
type tally struct {
	counts        map[string]int
	slowestCancel time.Duration // the longest time from a cancel to the end of a running reply
}

func newTally() tally {
	t := tally{counts: map[string]int{}}
	for _, kind := range kinds {
		t.counts[kind] = 0
	}
	return t
}

// count counts an event.
func (w *world) count(kind string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if _, known := w.tally.counts[kind]; !known {
		panic("sim: unknown kind of event " + kind)
	}
	w.tally.counts[kind]++
}

// countEnd counts the end of a reply.
func (w *world) countEnd(o reply.Outcome) {
	switch {
	case o.Status == chat.Done:
		w.count("answered")
	case o.Status == chat.Failed:
		w.count("failed")
	case o.Content == "":
		w.count("cancelled without text")
	default:
		w.count("cancelled with text")
	}
}

// add adds the events of another day.
func (t *tally) add(o tally) {
	for kind, n := range o.counts {
		t.counts[kind] += n
	}
	t.slowestCancel = max(t.slowestCancel, o.slowestCancel)
}

// complete reports whether every kind of event happened.
func (t tally) complete() bool {
	for _, n := range t.counts {
		if n == 0 {
			return false
		}
	}
	return true
}

func (t tally) String() string {
	parts := make([]string, len(kinds))
	for i, kind := range kinds {
		parts[i] = fmt.Sprintf("%d %s", t.counts[kind], kind)
	}
	return fmt.Sprintf("%s, slowest cancel %s", strings.Join(parts, ", "), t.slowestCancel.Round(time.Millisecond))
}
