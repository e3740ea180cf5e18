package portstest

import (
	"time"

	"github.com/kuvaka-tech/parley/core/chat"
	"github.com/kuvaka-tech/parley/core/id"
	"github.com/kuvaka-tech/parley/core/quota"
	"github.com/kuvaka-tech/parley/core/reply"
	"github.com/kuvaka-tech/parley/ports"
)

// renew extends the lease of a task.
func (t *storeTest) renew(task reply.Task, now time.Time, lease time.Duration) {
	t.Helper()
	must(t, t.ReplyQueue.Renew(t.ctx, task.Reply, task.Fence, now, lease))
}

func (t *storeTest) renewLease() {
	r := t.addRoom()
	task := t.wantClaim(midday, t.send(r, midday))
	t.renew(task, midday.Add(3*time.Second), reply.Lease)
	t.wantNoneDue(midday.Add(reply.Lease))
	t.wantNoneDue(midday.Add(reply.Lease + 3*time.Second - time.Microsecond))
	if rev := t.getRoom(r).Rev; rev != 3 {
		t.Fatalf("after Renew the room has revision %d, want 3 as before", rev)
	}
	expired := midday.Add(reply.Lease + 3*time.Second)
	for _, late := range []time.Time{expired, expired.Add(time.Hour)} {
		wantError(t, t.ReplyQueue.Renew(t.ctx, task.Reply, task.Fence, late, reply.Lease), reply.ErrClaimLost)
	}
	if again := t.wantClaim(expired, task.Reply); again.Crashes != 1 {
		t.Fatalf("%d crashes after the lease expired, want 1", again.Crashes)
	}
}

// 20 tasks are renewed with their current fence and 10 of them also with an older fence.
func (t *storeTest) renewRace() {
	const n = 20
	later := midday.Add(reply.Lease)
	var current, stale []reply.Task
	for i := range n {
		task := t.wantClaim(midday, t.send(t.addRoom(), midday))
		if i%2 > 0 {
			stale = append(stale, task)
			task = t.wantClaim(later, task.Reply)
		}
		current = append(current, task)
		t.renew(task, midday, time.Hour) // so that the next Claim returns only the next reply
	}
	errs := concurrently(len(current)+len(stale), func(i int) error {
		if i < n {
			return t.ReplyQueue.Renew(t.ctx, current[i].Reply, current[i].Fence, later, 2*time.Hour)
		}
		return t.ReplyQueue.Renew(t.ctx, stale[i-n].Reply, stale[i-n].Fence, later, 9*time.Hour)
	})
	wantErrorCounts(t, errs[:n], map[error]int{nil: n})
	wantErrorCounts(t, errs[n:], map[error]int{reply.ErrClaimLost: n / 2})
	t.wantNoneDue(later.Add(2*time.Hour - time.Microsecond))
	if expired := t.claimUpTo(later.Add(2*time.Hour), 2*n); len(expired) != n {
		t.Fatalf("%d leases expired after two hours, want all %d", len(expired), n)
	}
}

// wantRefused checks that Renew and Finish with this fence fail and change nothing.
func (t *storeTest) wantRefused(r chat.Room, replyID id.ID, fence int64, want error) {
	t.Helper()
	messages, count := t.allMessages(r), t.countMessages(r.Owner, midday)
	wantError(t, t.ReplyQueue.Renew(t.ctx, replyID, fence, midday, time.Hour), want)
	for _, o := range []reply.Outcome{answered, failed, retryAt(midday)} {
		wantError(t, errorOf(t.ReplyQueue.Finish(t.ctx, replyID, fence, o, midday)), want)
	}
	wantEqual(t, "the messages of the room", t.allMessages(r), messages)
	t.wantCount(r.Owner, midday, count)
}

func (t *storeTest) staleFence() {
	r := t.addRoom()
	replyID := t.send(r, midday)
	t.wantRefused(r, replyID, 0, reply.ErrClaimLost)
	old := t.wantClaim(midday, replyID)
	t.wantRefused(r, replyID, old.Fence+1, reply.ErrClaimLost)
	now := midday.Add(reply.Lease)
	task := t.wantClaim(now, replyID)
	t.wantRefused(r, replyID, old.Fence, reply.ErrClaimLost)
	t.wantNoneDue(now.Add(reply.Lease - time.Microsecond))
	t.finish(task, retryAt(now), now)
	t.wantRefused(r, replyID, task.Fence, reply.ErrClaimLost)
	task = t.wantClaim(now, replyID)
	t.finish(task, answered, now)
	t.wantRefused(r, replyID, task.Fence, reply.ErrClaimLost)
}

func (t *storeTest) deletedReply() {
	r := t.addRoom()
	t.send(r, midday)
	t.wantRefused(r, newID(t), 1, reply.ErrDeleted)
	task := t.claimOne(midday)
	must(t, t.Rooms.Delete(t.ctx, r.Owner, r.ID))
	t.wantRefused(t.addRoom(), task.Reply, task.Fence, reply.ErrDeleted)
}

func (t *storeTest) finishWrites() {
	blocked := reply.Outcome{Status: chat.Failed, Content: "Blocked.", Error: reply.CodeBlocked}
	for _, o := range []reply.Outcome{answered, failed, retryAt(midday.Add(time.Hour)), blocked} {
		r := t.addRoom()
		replyID := t.send(r, midday)
		want := t.allMessages(r)
		done := t.finish(t.wantClaim(midday, replyID), o, midday.Add(time.Second))
		wantEqual(t, "the result of Finish", done, ports.Finished{Rev: 4, Refunded: o.RefundLimit > 0})
		want[1].Status = o.Status
		want[1].Content = o.Content
		want[1].Error = o.Error
		want[1].Rev = 4
		wantEqual(t, "the messages of the room", t.allMessages(r), want)
		t.wantNoneDue(midday.Add(time.Minute))
		if got := t.getRoom(r); got.Rev != 4 || !got.Updated.Equal(midday) {
			t.Fatalf("the room has revision %d and update time %v, want 4 and the time of the prompt",
				got.Rev, got.Updated)
		}
		must(t, t.Rooms.Delete(t.ctx, r.Owner, r.ID))
	}
}

func (t *storeTest) finishNextInRoom() {
	r := t.addRoom()
	t.send(t.addRoom(), midday.Add(time.Minute))
	first, second := t.send(r, midday), t.send(r, midday.Add(time.Second))
	t.send(r, midday.Add(time.Hour))
	now := midday.Add(2 * time.Second)
	for _, step := range []struct {
		reply   id.ID
		outcome reply.Outcome
		next    id.ID
	}{
		{first, retryAt(now), first},
		{first, answered, second},
		{second, failed, ""},
	} {
		done := t.finish(t.wantClaim(now, step.reply), step.outcome, now)
		refunded := step.outcome.RefundLimit > 0
		want := ports.Finished{Rev: t.getRoom(r).Rev, Refunded: refunded, Next: step.next}
		wantEqual(t, "the result of Finish", done, want)
	}
}

func (t *storeTest) finishRefund() {
	r := t.addRoom()
	t.send(r, midday)
	t.send(r, midday)
	task := t.claimOne(midday)
	errs := concurrently(20, func(int) error {
		return errorOf(t.ReplyQueue.Finish(t.ctx, task.Reply, task.Fence, failed, midday))
	})
	wantErrorCounts(t, errs, map[error]int{nil: 1, reply.ErrClaimLost: 19})
	t.wantCount(r.Owner, midday, 1)
	withoutRefund := failed
	withoutRefund.RefundLimit = 0
	t.finish(t.claimOne(midday), withoutRefund, midday)
	t.wantCount(r.Owner, midday, 1)
	t.send(r, midday)
	refundAndRetry := retryAt(midday)
	refundAndRetry.RefundLimit = manyRefunds
	t.finish(t.claimOne(midday), refundAndRetry, midday)
	t.wantCount(r.Owner, midday, 1)
	t.finish(t.claimOne(midday), failed, midday)
	t.wantCount(r.Owner, midday, 1)
}

func (t *storeTest) finishRefundMidnight() {
	r := t.addRoom()
	midnight := quota.DayOf(midday).End()
	before, after := midnight.Add(-time.Second), midnight.Add(time.Second)
	first := t.send(r, before)
	t.send(r, before)
	task := t.wantClaim(before, first)
	t.send(r, after)
	t.finish(task, failed, after)
	t.wantCount(r.Owner, before, 1)
	t.wantCount(r.Owner, after, 1)
	t.finish(t.claimOne(after), failed, after)
	t.finish(t.claimOne(after), failed, after)
	t.wantCount(r.Owner, before, 0)
	t.wantCount(r.Owner, after, 0)
}
