package chat_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/kuvaka-tech/parley/core/chat"
	"github.com/kuvaka-tech/parley/core/id"
)

var noon = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

func queued(n int) *chat.Reply {
	return &chat.Reply{Message: chat.Message{ID: id.ID(fmt.Sprint("r", n)), Status: chat.Queued, Born: int64(n)}, Due: noon, Unit: true}
}

// Whatever workers, crashes and users do to a reply: only allowed moves happen,
// nobody without the newest fence writes, and its unit comes back once at most.
func TestReplyStateMachine(t *testing.T) {
	allowed := map[[2]chat.Status]bool{
		{chat.Queued, chat.Running}: true, {chat.Queued, chat.Cancelled}: true,
		{chat.Running, chat.Running}: true, {chat.Running, chat.Queued}: true, {chat.Running, chat.Done}: true,
		{chat.Running, chat.Failed}: true, {chat.Running, chat.Cancelled}: true, {chat.Failed, chat.Queued}: true,
	}
	rapid.Check(t, func(t *rapid.T) {
		r, now, taken, returned := queued(1), noon, 1, 0
		fences := map[int64]bool{}
		for range rapid.IntRange(1, 40).Draw(t, "steps") {
			before := *r
			changed := true
			switch rapid.SampledFrom([]string{"wait", "claim", "renew", "finish", "cancel", "again"}).Draw(t, "step") {
			case "wait":
				now = now.Add(time.Duration(rapid.IntRange(0, 15).Draw(t, "seconds")) * time.Second)
				changed = false
			case "claim":
				if changed = r.Claimable(now); changed {
					r.Claim(now, chat.Lease)
					if fences[r.Fence] {
						t.Fatal("a fence was given twice")
					}
					fences[r.Fence] = true
				}
			case "renew":
				err := r.Renew(drawFence(t, r), now, chat.Lease)
				changed = err == nil
			case "finish":
				fence := drawFence(t, r)
				status := rapid.SampledFrom([]chat.Status{chat.Done, chat.Failed, chat.Queued}).Draw(t, "status")
				refund, err := r.Finish(fence, chat.Outcome{Status: status, RetryAt: now, Refund: status == chat.Failed})
				if changed = err == nil; changed && (before.Status != chat.Running || fence != before.Fence) {
					t.Fatalf("%s with fence %d wrote over %s with %d", status, fence, before.Status, before.Fence)
				}
				returned += count(refund)
			case "cancel":
				refund, err := r.Cancel(rapid.SampledFrom([]string{"", "half"}).Draw(t, "written"))
				changed = err == nil
				returned += count(refund)
			case "again":
				if err := r.Again(now, 7); err == nil {
					taken++
				} else {
					changed = false
				}
			}
			if changed && !allowed[[2]chat.Status{before.Status, r.Status}] && before.Status != r.Status {
				t.Fatalf("%s -> %s", before.Status, r.Status)
			}
			if !changed && *r != before {
				t.Fatal("a refused step changed the reply")
			}
			if held := taken - returned; held < 0 || held > 1 && !(taken > 1) || (r.Unit && held < 1) {
				t.Fatalf("%d units taken, %d returned, holding %v", taken, returned, r.Unit)
			}
		}
	})
}

func drawFence(t *rapid.T, r *chat.Reply) int64 {
	return r.Fence - int64(rapid.IntRange(0, 1).Draw(t, "stale"))
}

func count(b bool) int {
	if b {
		return 1
	}
	return 0
}

func TestRefusalsTellWhy(t *testing.T) {
	r := queued(1)
	if err := r.Renew(0, noon, chat.Lease); !errors.Is(err, chat.ErrLost) {
		t.Errorf("queued: %v", err)
	}
	r.Claim(noon, chat.Lease)
	if _, err := r.Cancel(""); err != nil {
		t.Fatal(err)
	}
	if err := r.Renew(1, noon, chat.Lease); !errors.Is(err, chat.ErrCancelled) {
		t.Errorf("cancelled: %v", err)
	}
	if _, err := r.Finish(1, chat.Outcome{Status: chat.Done}); !errors.Is(err, chat.ErrCancelled) {
		t.Errorf("cancelled: %v", err)
	}
	if _, err := r.Cancel(""); !errors.Is(err, chat.ErrLost) {
		t.Errorf("cancelled twice: %v", err)
	}
	if err := r.Again(noon, 1); !errors.Is(err, chat.ErrLost) {
		t.Errorf("again after cancel: %v", err)
	}
}

func TestCrashesAreCountedApart(t *testing.T) {
	r := queued(1)
	r.Claim(noon, chat.Lease)
	if r.Claimable(noon.Add(chat.Lease - 1)) {
		t.Error("a lease holds to its end")
	}
	r.Claim(noon.Add(chat.Lease), chat.Lease)
	if r.Crashes != 1 || r.Errors != 0 || r.Fence != 2 || !r.FirstClaim.Equal(noon) {
		t.Errorf("%+v", r)
	}
	if _, err := r.Finish(2, chat.Outcome{Status: chat.Queued, RetryAt: noon.Add(time.Minute)}); err != nil || r.Errors != 1 || r.Crashes != 1 {
		t.Errorf("%+v, %v", r, err)
	}
}

// A room answers one prompt at a time and in order; a head that waits holds it.
func TestNextKeepsTheOrderOfTheRoom(t *testing.T) {
	statuses := []chat.Status{chat.Queued, chat.Running, chat.Done, chat.Failed, chat.Cancelled}
	rapid.Check(t, func(t *rapid.T) {
		var room []*chat.Reply
		running := false
		for i := range rapid.IntRange(0, 6).Draw(t, "replies") {
			r := queued(i)
			r.Status = rapid.SampledFrom(statuses).Draw(t, "status")
			if r.Status == chat.Running && running {
				r.Status = chat.Done
			}
			running = running || r.Status == chat.Running
			r.Due = noon.Add(time.Duration(rapid.IntRange(-1, 1).Draw(t, "due")) * time.Second)
			r.Lease = r.Due
			room = append(room, r)
		}
		room = rapid.Permutation(room).Draw(t, "order")
		next := chat.Next(room, noon)
		for _, r := range room {
			blocks := r.Status == chat.Running || r.Status == chat.Queued && !running
			if next == nil && blocks && r.Claimable(noon) && isHead(r, room) {
				t.Fatalf("%s could be claimed", r.ID)
			}
			if next != nil && r != next && (r.Status == chat.Running || r.Status == chat.Queued && next.Status == chat.Queued && r.Born < next.Born) {
				t.Fatalf("%s went before %s", next.ID, r.ID)
			}
		}
		if next != nil && !next.Claimable(noon) {
			t.Fatal("not claimable")
		}
	})
}

func isHead(r *chat.Reply, room []*chat.Reply) bool {
	for _, o := range room {
		if o != r && !o.Status.Final() && (o.Status == chat.Running || r.Status != chat.Running && o.Born < r.Born) {
			return false
		}
	}
	return true
}
