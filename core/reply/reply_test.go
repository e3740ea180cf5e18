package reply_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/kuvaka-tech/parley/core/chat"
	"github.com/kuvaka-tech/parley/core/id"
	"github.com/kuvaka-tech/parley/core/reply"
)

var noon = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// newQueued returns a queued reply that is the nth of its room and due at noon.
func newQueued(n int) *reply.Reply {
	return &reply.Reply{
		Message:   chat.Message{ID: id.ID(fmt.Sprint("r", n)), Status: chat.Queued, Born: int64(n)},
		Due:       noon,
		HoldsUnit: true,
	}
}

// transition is a change from one status to another.
type transition struct{ from, to chat.Status }

var allowedTransitions = map[transition]bool{
	{chat.Queued, chat.Running}:    true,
	{chat.Queued, chat.Cancelled}:  true,
	{chat.Running, chat.Running}:   true,
	{chat.Running, chat.Queued}:    true,
	{chat.Running, chat.Done}:      true,
	{chat.Running, chat.Failed}:    true,
	{chat.Running, chat.Cancelled}: true,
	{chat.Failed, chat.Queued}:     true,
}

// lifecycle applies random steps to one reply and checks its invariants.
type lifecycle struct {
	*rapid.T
	reply  *reply.Reply
	now    time.Time
	fences map[int64]bool // fences that were given to workers
	units  int            // units that the reply's user has paid and not got back
}

// Whatever workers, crashes and users do to a reply, only allowed transitions
// happen, an old fence writes nothing, and each unit is refunded at most once.
func TestReplyLifecycle(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		l := &lifecycle{T: t, reply: newQueued(1), now: noon, fences: map[int64]bool{}, units: 1}
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
			before := *l.reply
			changed := steps[rapid.SampledFrom(names).Draw(t, "step")]()
			l.check(before, changed)
		}
	})
}

func (l *lifecycle) check(before reply.Reply, changed bool) {
	status := l.reply.Status
	if changed && before.Status != status && !allowedTransitions[transition{before.Status, status}] {
		l.Fatalf("transition from %s to %s is not allowed", before.Status, status)
	}
	if !changed && *l.reply != before {
		l.Fatalf("a step that failed changed the reply from %+v to %+v", before, *l.reply)
	}
	if l.units < 0 || l.reply.HoldsUnit && l.units < 1 {
		l.Fatalf("user has %d units in use, reply holds one: %v", l.units, l.reply.HoldsUnit)
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
	return l.reply.Renew(l.drawFence(), l.now, reply.Lease) == nil
}

func (l *lifecycle) finish() bool {
	before := *l.reply
	fence := l.drawFence()
	status := rapid.SampledFrom([]chat.Status{chat.Done, chat.Failed, chat.Queued}).Draw(l.T, "status")
	refund, err := l.reply.Finish(fence, reply.Outcome{Status: status, RetryAt: l.now, Refund: status == chat.Failed})
	if err == nil && (before.Status != chat.Running || fence != before.Fence) {
		l.Fatalf("fence %d finished a reply that was %s with fence %d", fence, before.Status, before.Fence)
	}
	l.refund(refund)
	return err == nil
}

func (l *lifecycle) cancel() bool {
	refund, err := l.reply.Cancel(rapid.SampledFrom([]string{"", "half"}).Draw(l.T, "written"))
	l.refund(refund)
	return err == nil
}

func (l *lifecycle) restart() bool {
	if err := l.reply.Restart(l.now, 7); err != nil {
		return false
	}
	l.units++
	return true
}

func (l *lifecycle) refund(refund bool) {
	if refund {
		l.units--
	}
}

// drawFence returns the current fence or the one before it.
func (l *lifecycle) drawFence() int64 {
	return l.reply.Fence - int64(rapid.IntRange(0, 1).Draw(l.T, "stale"))
}

func TestErrorsSayWhyTheClaimEnded(t *testing.T) {
	r := newQueued(1)
	if err := r.Renew(0, noon, reply.Lease); !errors.Is(err, reply.ErrClaimLost) {
		t.Errorf("renew a queued reply: error %v, want ErrClaimLost", err)
	}
	r.Claim(noon, reply.Lease)
	if _, err := r.Cancel(""); err != nil {
		t.Fatalf("cancel a running reply: %v", err)
	}
	if err := r.Renew(1, noon, reply.Lease); !errors.Is(err, reply.ErrCancelled) {
		t.Errorf("renew a cancelled reply: error %v, want ErrCancelled", err)
	}
	if _, err := r.Finish(1, reply.Outcome{Status: chat.Done}); !errors.Is(err, reply.ErrCancelled) {
		t.Errorf("finish a cancelled reply: error %v, want ErrCancelled", err)
	}
	if _, err := r.Cancel(""); !errors.Is(err, reply.ErrNotCancellable) {
		t.Errorf("cancel a cancelled reply: error %v, want ErrNotCancellable", err)
	}
	if err := r.Restart(noon, 1); !errors.Is(err, reply.ErrNotRetryable) {
		t.Errorf("restart a cancelled reply: error %v, want ErrNotRetryable", err)
	}
}

func TestCrashesAndErrorsAreCountedSeparately(t *testing.T) {
	r := newQueued(1)
	r.Claim(noon, reply.Lease)
	if r.Claimable(noon.Add(reply.Lease - 1)) {
		t.Error("reply is claimable before its lease expires")
	}
	r.Claim(noon.Add(reply.Lease), reply.Lease)
	if r.Crashes != 1 || r.Errors != 0 || r.Fence != 2 || !r.FirstClaim.Equal(noon) {
		t.Errorf("after an expired lease: %+v, want 1 crash, 0 errors, fence 2, first claim at noon", r)
	}
	_, err := r.Finish(2, reply.Outcome{Status: chat.Queued, RetryAt: noon.Add(time.Minute)})
	if err != nil || r.Errors != 1 || r.Crashes != 1 {
		t.Errorf("after a failed attempt: %+v, error %v; want 1 crash and 1 error", r, err)
	}
}
