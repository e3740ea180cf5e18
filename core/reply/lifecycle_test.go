package reply_test

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/kuvaka-tech/parley/core/chat"
	"github.com/kuvaka-tech/parley/core/quota"
	"github.com/kuvaka-tech/parley/core/reply"
)

// transition is a change of the status by one step.
type transition struct {
	step     string
	from, to chat.Status
}

var allowedTransitions = map[transition]bool{
	{"claim", chat.Queued, chat.Running}:     true,
	{"finish", chat.Running, chat.Queued}:    true,
	{"finish", chat.Running, chat.Done}:      true,
	{"finish", chat.Running, chat.Failed}:    true,
	{"finish", chat.Running, chat.Cancelled}: true,
	{"cancel", chat.Queued, chat.Cancelled}:  true,
	{"restart", chat.Done, chat.Queued}:      true,
	{"restart", chat.Failed, chat.Queued}:    true,
	{"restart", chat.Cancelled, chat.Queued}: true,
}

// maxRefunds is the limit of refunds in these tests.
const maxRefunds = 2

// lifecycle applies random steps to one reply and checks its invariants.
type lifecycle struct {
	*rapid.T
	reply  *reply.Reply
	now    time.Time
	fences map[int64]bool // fences that were given to workers
	day    quota.Count    // the units that the reply took and got back
	taken  int            // how often the reply took a unit
}

// Whatever workers, crashes and users do to a reply, only allowed transitions
// happen, an old fence writes nothing, and each unit is refunded at most once.
func TestReplyLifecycle(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		l := &lifecycle{
			T:      t,
			reply:  newQueued(1),
			now:    noon,
			fences: map[int64]bool{},
			day:    quota.Count{Used: 1},
			taken:  1,
		}
		steps := map[string]func() (changed bool){
			"wait":    l.wait,
			"claim":   l.claim,
			"renew":   l.renew,
			"finish":  l.finish,
			"cancel":  l.cancel,
			"restart": l.restart,
		}
		names := []string{"wait", "claim", "renew", "finish", "cancel", "restart"}
		for range rapid.IntRange(1, 40).Draw(t, "steps") {
			before, step := *l.reply, rapid.SampledFrom(names).Draw(t, "step")
			changed := steps[step]()
			l.check(step, before, changed)
		}
	})
}

func (l *lifecycle) check(step string, before reply.Reply, changed bool) {
	status := l.reply.Status
	if before.Status != status && !allowedTransitions[transition{step, before.Status, status}] {
		l.Fatalf("transition from %s to %s by %s is not allowed", before.Status, status, step)
	}
	if !changed && *l.reply != before {
		l.Fatalf("a step that failed changed the reply from %+v to %+v", before, *l.reply)
	}
	l.checkUnits(before)
	if l.reply.Cancelling && status != chat.Running {
		l.Fatalf("the reply is %+v, want Cancelling only while it is running", l.reply)
	}
	if before.Cancelling && !l.reply.Cancelling && status != chat.Cancelled {
		l.Fatalf("a cancelled reply became %+v, want it running until it is cancelled", l.reply)
	}
}

// checkUnits checks that a unit comes back exactly when the reply loses it, and at most
// maxRefunds times.
func (l *lifecycle) checkUnits(before reply.Reply) {
	if l.day.Used+l.day.Refunded != l.taken || l.day.Refunded > maxRefunds || l.day.Used < 0 {
		l.Fatalf("after %d units were taken, the count is %+v with a limit of %d", l.taken, l.day, maxRefunds)
	}
	if before.HoldsUnit && !l.reply.HoldsUnit && l.reply.Status != chat.Failed && l.reply.Status != chat.Cancelled {
		l.Fatalf("a reply that is %s gave its unit back", l.reply.Status)
	}
}

func (l *lifecycle) wait() bool {
	l.now = l.now.Add(time.Duration(rapid.IntRange(0, 15).Draw(l.T, "seconds")) * time.Second)
	return false
}

func (l *lifecycle) claim() bool {
	if !l.reply.Claimable(l.now) {
		return false
	}
	l.reply.Claim(l.now, reply.Lease)
	if l.fences[l.reply.Fence] {
		l.Fatalf("fence %d was given to two workers", l.reply.Fence)
	}
	l.fences[l.reply.Fence] = true
	return true
}

func (l *lifecycle) renew() bool {
	cancelling := l.reply.Cancelling
	err := l.reply.Renew(l.drawFence(), l.now, reply.Lease)
	if err == nil && cancelling {
		l.Fatal("the lease of a cancelled reply was renewed, want ErrCancelled")
	}
	return err == nil
}

func (l *lifecycle) finish() bool {
	before, fence := *l.reply, l.drawFence()
	counted := l.day
	refunded, err := l.reply.Finish(fence, l.drawOutcome(), &l.day)
	if refunded != (l.day != counted) || refunded && (!before.HoldsUnit || l.reply.HoldsUnit) {
		l.Fatalf("Finish of %+v: refunded %v, count from %+v to %+v", before, refunded, counted, l.day)
	}
	if err == nil && (before.Status != chat.Running || fence != before.Fence) {
		l.Fatalf("fence %d finished a reply that was %s with fence %d", fence, before.Status, before.Fence)
	}
	return err == nil
}

func (l *lifecycle) drawOutcome() reply.Outcome {
	return rapid.SampledFrom([]reply.Outcome{
		{Status: chat.Done, Content: "Mice."},
		{Status: chat.Failed, Content: "Sorry.", RefundLimit: maxRefunds},
		{Status: chat.Queued, RetryAt: l.now},
		reply.CancelledOutcome("Mi", maxRefunds),
		reply.CancelledOutcome("", maxRefunds),
	}).Draw(l.T, "outcome")
}

func (l *lifecycle) cancel() bool {
	before := *l.reply
	counted := l.day
	err := l.reply.Cancel(&l.day, maxRefunds)
	if before.Status == chat.Running && (err != nil || l.day != counted || !l.reply.Cancelling) {
		l.Fatalf("Cancel of a running reply: error %v, count %+v, reply %+v; want it only marked", err, l.day, l.reply)
	}
	return err == nil
}

func (l *lifecycle) restart() bool {
	before := *l.reply
	v, ok, err := l.reply.Restart(l.now, l.now)
	if (err == nil) != before.Status.Final() {
		l.Fatalf("Restart of a reply that is %s: error %v, want one unless it is final", before.Status, err)
	}
	if err != nil {
		return false
	}
	if ok != (before.Content != "") || v.Content != before.Content || ok && v.Status != before.Status {
		l.Fatalf("Restart of %+v returned the version %+v, %v; want the old text if there is one", before, v, ok)
	}
	l.day.Used++
	l.taken++
	return true
}

// drawFence returns the current fence or the one before it.
func (l *lifecycle) drawFence() int64 {
	return l.reply.Fence - int64(rapid.IntRange(0, 1).Draw(l.T, "stale"))
}
