package reply_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/kuvaka-tech/parley/core/chat"
	"github.com/kuvaka-tech/parley/core/id"
	"github.com/kuvaka-tech/parley/core/quota"
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

func TestErrorsSayWhyTheClaimEnded(t *testing.T) {
	r := newQueued(1)
	if err := r.Renew(0, noon, reply.Lease); !errors.Is(err, reply.ErrClaimLost) {
		t.Errorf("renew a queued reply: error %v, want ErrClaimLost", err)
	}
	r.Claim(noon, reply.Lease)
	day := quota.Count{Used: 1}
	if err := r.Cancel(&day, maxRefunds); err != nil || day.Refunded != 0 {
		t.Fatalf("cancel a running reply: error %v, count %+v; want neither an error nor a refund", err, day)
	}
	if err := r.Renew(0, noon, reply.Lease); !errors.Is(err, reply.ErrClaimLost) {
		t.Errorf("renew a cancelled reply with an old fence: error %v, want ErrClaimLost", err)
	}
	if err := r.Renew(1, noon, reply.Lease); !errors.Is(err, reply.ErrCancelled) {
		t.Errorf("renew a cancelled reply: error %v, want ErrCancelled", err)
	}
	if _, err := r.Finish(1, reply.Outcome{Status: chat.Done}, &day); !errors.Is(err, reply.ErrCancelled) {
		t.Errorf("answer a cancelled reply: error %v, want ErrCancelled", err)
	}
	if _, _, err := r.Restart(noon, noon); !errors.Is(err, reply.ErrNotRetryable) {
		t.Errorf("restart a reply that is still running: error %v, want ErrNotRetryable", err)
	}
	cancelled := reply.CancelledOutcome("", maxRefunds)
	if refunded, err := r.Finish(1, cancelled, &day); err != nil || !refunded || day.Used != 0 {
		t.Fatalf("finish a cancelled reply without a text: refunded %v, error %v; want a refund", refunded, err)
	}
	if _, err := r.Finish(1, cancelled, &day); !errors.Is(err, reply.ErrCancelled) {
		t.Errorf("finish a reply that ended as cancelled: error %v, want ErrCancelled", err)
	}
	if err := r.Cancel(&day, maxRefunds); !errors.Is(err, reply.ErrNotCancellable) {
		t.Errorf("cancel a reply that ended as cancelled: error %v, want ErrNotCancellable", err)
	}
}

func TestCancelEndsAQueuedReplyWithARefund(t *testing.T) {
	r, day := newQueued(1), quota.Count{Used: 1, Refunded: maxRefunds - 1}
	err := r.Cancel(&day, maxRefunds)
	want := quota.Count{Refunded: maxRefunds}
	if err != nil || day != want || r.Status != chat.Cancelled || r.HoldsUnit {
		t.Errorf("after Cancel: count %+v, error %v, reply %+v; want cancelled with a refund", day, err, r)
	}
}

func TestBeyondTheLimitOfRefundsAReplyKeepsItsUnit(t *testing.T) {
	full := quota.Count{Used: 2, Refunded: maxRefunds}
	queued, running, day := newQueued(1), newQueued(2), full
	running.Claim(noon, reply.Lease)
	err := queued.Cancel(&day, maxRefunds)
	if err != nil || queued.Status != chat.Cancelled || !queued.HoldsUnit || day != full {
		t.Errorf("after Cancel: error %v, count %+v, reply %+v; want it cancelled with its unit", err, day, queued)
	}
	failure := reply.Outcome{Status: chat.Failed, Content: "Sorry.", RefundLimit: maxRefunds}
	refunded, err := running.Finish(1, failure, &day)
	if err != nil || refunded || running.Status != chat.Failed || !running.HoldsUnit || day != full {
		t.Errorf("after Finish: refunded %v, error %v, count %+v, reply %+v; want it failed with its unit",
			refunded, err, day, running)
	}
}

func TestCancelledOutcomeRefundsOnlyWithoutAText(t *testing.T) {
	for written, limit := range map[string]quota.RefundLimit{"": maxRefunds, " ": 0, "Mi": 0} {
		want := reply.Outcome{Status: chat.Cancelled, Content: written, RefundLimit: limit}
		if got := reply.CancelledOutcome(written, maxRefunds); got != want {
			t.Errorf("the outcome after %q was seen is %+v, want %+v", written, got, want)
		}
	}
}

func TestRestartKeepsOnlyTheIdentityAndTheFence(t *testing.T) {
	r := newQueued(1)
	r.User, r.Created = "u", noon
	r.Room, r.InReplyTo = "room", "p"
	r.Claim(noon, reply.Lease)
	r.Claim(noon.Add(reply.Lease), reply.Lease)
	day := quota.Count{Used: 1}
	if _, err := r.Finish(2, reply.Outcome{Status: chat.Queued, RetryAt: noon}, &day); err != nil {
		t.Fatalf("finish the second attempt: %v", err)
	}
	r.Claim(noon.Add(time.Minute), reply.Lease)
	failure := reply.Outcome{Status: chat.Failed, Content: "Sorry.", Error: "e", RefundLimit: maxRefunds}
	if _, err := r.Finish(3, failure, &day); err != nil {
		t.Fatalf("finish the third attempt: %v", err)
	}
	now, rank := noon.AddDate(0, 0, 1), noon.AddDate(0, 0, 1).Add(-time.Second)
	v, ok, err := r.Restart(now, rank)
	if want := (chat.Version{Content: "Sorry.", Status: chat.Failed, Created: noon}); err != nil || !ok || v != want {
		t.Errorf("Restart returned %+v, %v, error %v; want %+v", v, ok, err, want)
	}
	want := reply.Reply{
		Message: chat.Message{
			ID:        "r1",
			Room:      "room",
			Status:    chat.Queued,
			InReplyTo: "p",
			Created:   noon,
			Revised:   now,
			Versions:  1,
			Born:      1,
		},
		User:      "u",
		Due:       now,
		Rank:      rank,
		Fence:     3,
		Day:       quota.DayOf(now),
		HoldsUnit: true,
	}
	if *r != want {
		t.Errorf("the restarted reply is %+v, want %+v", *r, want)
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
	_, err := r.Finish(2, reply.Outcome{Status: chat.Queued, RetryAt: noon.Add(time.Minute)}, &quota.Count{Used: 1})
	if err != nil || r.Errors != 1 || r.Crashes != 1 {
		t.Errorf("after a failed attempt: %+v, error %v; want 1 crash and 1 error", r, err)
	}
}
