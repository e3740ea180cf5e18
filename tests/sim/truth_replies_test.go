package sim

import (
	"fmt"
	"time"

	"github.com/kuvaka-tech/parley/core/chat"
	"github.com/kuvaka-tech/parley/core/id"
	"github.com/kuvaka-tech/parley/core/reply"
	"github.com/kuvaka-tech/parley/ports"
)

// claim records claims. Fences grow, and no reply of a deleted room is claimed.
func (w *world) claim(p *process, do func() ([]reply.Task, error)) ([]reply.Task, error) {
	t := &w.truth
	t.mu.Lock()
	defer t.mu.Unlock()
	tasks, err := do()
	for _, task := range tasks {
		w.record(p, fmt.Sprintf("replyQueue.Claim claimed %s under fence %d", task.Reply, task.Fence), "")
		if task.Fence <= t.fences[task.Reply] {
			w.violate("fence %d was issued after %d", task.Fence, t.fences[task.Reply])
		}
		t.fences[task.Reply] = task.Fence
		if t.deleted[task.Room] {
			w.violate("a reply of a deleted room was claimed")
		}
		if x := t.replies[task.Reply]; task.Prompt.Content != x.text {
			w.violate("a worker has to answer %q, the prompt is %q", task.Prompt.Content, x.text)
		}
		t.running[task.Reply] = task
	}
	w.checkUserLimit()
	return tasks, err
}

// checkUserLimit: no user has more running replies than the limit, including expired leases.
func (w *world) checkUserLimit() {
	running := map[id.ID]int{}
	for _, task := range w.truth.running {
		running[task.User]++
	}
	for _, n := range running {
		if limit := w.config.UserConcurrency; n > limit {
			w.violate("%d replies of one user are running, the limit is %d", n, limit)
		}
	}
}

// finish records an outcome. Only the newest fence may write, and a final reply does not change.
func (w *world) finish(
	replyID id.ID, fence int64, o reply.Outcome, do func() (ports.Finished, error),
) (ports.Finished, error) {
	t := &w.truth
	t.mu.Lock()
	defer t.mu.Unlock()
	finished, err := do()
	if err != nil {
		return finished, err
	}
	if newest := t.fences[replyID]; fence != newest {
		w.violate("a claim with fence %d wrote %s although fence %d is newer", fence, o.Status, newest)
	}
	x := t.replies[replyID]
	if x.final != nil {
		w.violate("a reply that was %s became %s", x.final.Status, o.Status)
	}
	if (o.Status == chat.Cancelled) == x.cancelled.IsZero() {
		w.violate("a reply became %s, its cancel was accepted at %s", o.Status, x.cancelled)
	}
	delete(t.running, replyID)
	if o.Status == chat.Queued {
		x.discarded = fence
		return finished, nil
	}
	w.checkWritten(x, fence, o)
	w.ended(x, fence, o)
	return finished, nil
}

// maxCancelTime is how long a running reply may take to end after its cancel was accepted. It
// has time for a lease, and for a few processes that crash or freeze while they end the reply.
const maxCancelTime = 5 * time.Minute

// ended records the end of a reply.
func (w *world) ended(x *exchange, fence int64, o reply.Outcome) {
	if !x.cancelled.IsZero() {
		w.checkCancelTime(time.Since(x.cancelled))
	}
	x.cancelled = time.Time{}
	x.finals = append(x.finals, outcome{Outcome: o, fence: fence, liveFaults: x.liveFaults})
	x.final = &x.finals[len(x.finals)-1]
	x.liveFaults = liveFaults{discarded: fence, endNotSeen: true} // until it is announced
	w.refund(x, o)
	w.checkCount(x.user, x.day)
	w.countEnd(o)
	if o.Status == chat.Done {
		c := w.truth.chores[x.room]
		c.answers++
		w.truth.chores[x.room] = c
	}
}

// refund records the refund of a failed reply, and of a cancelled one without text. A user gets
// DAILY_REFUNDS units of a day back.
func (w *world) refund(x *exchange, o reply.Outcome) {
	day := userDay{x.user, x.day}
	deserved := o.Status == chat.Failed || o.Status == chat.Cancelled && o.Content == ""
	switch {
	case !deserved || !x.holdsUnit:
	case w.truth.refunds[day] >= int(w.config.DailyRefunds):
		w.count("failed or cancelled beyond the refunds")
	default:
		x.holdsUnit = false
		w.truth.units[day]--
		w.truth.refunds[day]++
	}
}

func (w *world) checkCancelTime(d time.Duration) {
	if d > maxCancelTime {
		w.violate("a running reply ended %s after its cancel", d)
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.tally.slowestCancel = max(w.tally.slowestCancel, d)
}
