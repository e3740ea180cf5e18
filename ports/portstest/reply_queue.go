package portstest

import (
	"context"
	"testing"
	"time"

	"github.com/kuvaka-tech/parley/core/chat"
	"github.com/kuvaka-tech/parley/core/id"
	"github.com/kuvaka-tech/parley/core/reply"
	"github.com/kuvaka-tech/parley/ports"
)

// ReplyQueue is the contract of ports.ReplyQueue. The rules behind the
// requirements are in core/reply, see ports.ReplyQueue.
func ReplyQueue(t *testing.T, open func(t *testing.T) Stores) {
	runStoreSuite(t, open, []requirement[*storeTest]{
		{"Claim returns a due reply once, with its prompt", (*storeTest).claimTask},
		{"Claim serves the users who have waited longest, at most n of them", (*storeTest).claimLongestWait},
		{"Claim returns the reply of a user with the lowest rank", (*storeTest).claimRank},
		{"users with a backlog take turns, and newcomers come before them", (*storeTest).claimTurns},
		{"a Pro reply is claimed before Basic ones up to one head start older", (*storeTest).claimHeadStart},
		{"a Pro user who was served a moment ago has the head start", (*storeTest).claimHeadStartAgain},
		{"the replies of a room are claimed one at a time and in order", (*storeTest).claimRoomInOrder},
		{"a reply that waits for its retry blocks the later replies of its room", (*storeTest).claimRetry},
		{"an expired lease is claimed again with a higher fence, and counts as a crash", (*storeTest).claimCrash},
		{"concurrent Claims never return the same reply or two replies of one room", (*storeTest).claimRace},
		{"of 20 concurrent Claims of an expired lease exactly one succeeds", (*storeTest).reclaimRace},
		{"an owner at the limit gets no further reply; the others wait in order", (*storeTest).limitHolds},
		{"the backlog of one owner does not delay the replies of others", (*storeTest).limitOtherOwners},
		{"Finish returns the owner's next deferred reply when a slot is free again", (*storeTest).limitFinishNext},
		{"a deleted room and a retry free their slots", (*storeTest).limitFreed},
		{"an expired lease frees its slot", (*storeTest).limitCrash},
		{"a lower limit applies to the next Claim, a higher one after the next Finish", (*storeTest).limitChanged},
		{"queued replies of a room with a running reply use no slots", (*storeTest).limitSameRoom},
		{"concurrent Claims never exceed the limit", (*storeTest).limitRace},
		{"Renew extends the lease until it has expired", (*storeTest).renewLease},
		{"of concurrent Renews only those with the current fence extend their lease", (*storeTest).renewRace},
		{"Renew and Finish fail with ErrClaimLost unless the fence is the current one", (*storeTest).staleFence},
		{"Renew and Finish fail with ErrDeleted if the reply does not exist", (*storeTest).deletedReply},
		{"Finish writes the outcome and increments the room's revision", (*storeTest).finishWrites},
		{"of concurrent Finishes of many users, each has its own result", (*storeTest).finishMixed},
		{"Finish returns the next due reply of the room", (*storeTest).finishNextInRoom},
		{"Finish refunds the quota unit at most once", (*storeTest).finishRefund},
		{"Finish and Cancel refund the units of a day within a limit that they share", (*storeTest).refundLimit},
		{"the limit of refunds counts each day by itself", (*storeTest).refundLimitOfDays},
		{"of many concurrent Finishes of one user as many refund as the limit allows", (*storeTest).refundLimitRace},
		{"of concurrent Finishes and Cancels as many refund as the limit allows", (*storeTest).refundLimitMixed},
		{"Finish refunds the quota unit of the day on which the message was sent", (*storeTest).finishRefundMidnight},
		{"Renew and Finish fail with ErrCancelled after the user has cancelled", (*storeTest).cancelledRefused},
		{"a cancelled reply keeps the text that was seen, or else its unit is refunded", (*storeTest).cancelledFinish},
		{"after its lease has expired, a cancelled reply is claimed with Cancelling set", (*storeTest).cancelledClaim},
		{"the end of a cancelled reply frees the room and the slot of its user", (*storeTest).cancelledNext},
		{"an attempt at a reply that was asked for again is not cancelled", (*storeTest).cancelledAgain},
		{"of 20 concurrent Finishes of a cancelled reply one succeeds, with one refund", (*storeTest).cancelledRace},
		{"UsersAhead counts users and not their replies, up to a limit", (*storeTest).usersAheadCounts},
		{"UsersAhead counts the users that a head start does not pass", (*storeTest).usersAheadHeadStart},
		{"UsersAhead counts users who can be served, and were not served recently", (*storeTest).usersAheadClaimable},
		{"Depth returns how many replies are due and claimed, and since when", (*storeTest).queueDepth},
		{"every method fails if the context is cancelled, and changes nothing", (*storeTest).queueCancelled},
	})
}

var (
	answered = reply.Outcome{Status: chat.Done, Content: "Mice. 🐁", Usage: chat.Usage{In: 12, Out: 3}}
	failed   = reply.Outcome{
		Status:      chat.Failed,
		Content:     "Sorry.",
		Error:       reply.CodeUnavailable,
		RefundLimit: manyRefunds,
	}
)

// retryAt is the outcome of an attempt that failed and is retried at that time.
func retryAt(at time.Time) reply.Outcome { return reply.Outcome{Status: chat.Queued, RetryAt: at} }

// claimUpTo claims at most n replies without a limit per owner.
func (t *storeTest) claimUpTo(now time.Time, n int) []reply.Task {
	t.Helper()
	return t.claimWithLimit(now, n, 0)
}

func (t *storeTest) claimWithLimit(now time.Time, n, perUser int) []reply.Task {
	t.Helper()
	tasks, err := t.ReplyQueue.Claim(t.ctx, now, reply.Lease, n, perUser)
	must(t, err)
	if len(tasks) > n {
		t.Fatalf("Claim returned %d replies, want at most %d", len(tasks), n)
	}
	return tasks
}

// claimOne claims the reply with the lowest rank.
func (t *storeTest) claimOne(now time.Time) reply.Task {
	t.Helper()
	tasks := t.claimUpTo(now, 1)
	if len(tasks) != 1 {
		t.Fatal("Claim returned no reply, want 1")
	}
	return tasks[0]
}

// wantClaim claims one reply and checks which one it is.
func (t *storeTest) wantClaim(now time.Time, want id.ID) reply.Task {
	t.Helper()
	task := t.claimOne(now)
	wantEqual(t, "the claimed reply", task.Reply, want)
	return task
}

// wantNoneDue checks that no reply can be claimed.
func (t *storeTest) wantNoneDue(now time.Time) {
	t.Helper()
	if tasks := t.claimUpTo(now, 10); len(tasks) != 0 {
		t.Fatalf("Claim returned %d replies, want none", len(tasks))
	}
}

func (t *storeTest) finish(task reply.Task, o reply.Outcome, now time.Time) ports.Finished {
	t.Helper()
	done, err := t.ReplyQueue.Finish(t.ctx, task.Reply, task.Fence, o, now)
	must(t, err)
	return done
}

// wantNext finishes a task and checks for which reply Finish wants a worker woken.
func (t *storeTest) wantNext(task reply.Task, o reply.Outcome, now time.Time, want id.ID) {
	t.Helper()
	wantEqual(t, "the next reply", t.finish(task, o, now).Next, want)
}

// answerReply claims and answers a reply, which must be the first one in the queue.
func (t *storeTest) answerReply(replyID id.ID, now time.Time) {
	t.Helper()
	t.finish(t.wantClaim(now, replyID), answered, now)
}

func (t *storeTest) wantDepth(now time.Time, want ports.Depth) {
	t.Helper()
	got, err := t.ReplyQueue.Depth(t.ctx, now)
	must(t, err)
	wantEqual(t, "the depth of the queue", got, want)
}

func (t *storeTest) queueDepth() {
	t.wantDepth(midday, ports.Depth{})
	pro := t.addRoom()
	t.setProUntil(pro.Owner, midday.Add(24*time.Hour))
	t.send(pro, midday)
	t.send(t.addRoom(), midday.Add(10*time.Second))
	now := midday.Add(15 * time.Second)
	t.wantDepth(now, ports.Depth{Queued: 2, Oldest: 15 * time.Second})
	first, second := t.claimOne(now), t.claimOne(now)
	t.wantDepth(now, ports.Depth{Running: 2})
	t.finish(first, answered, now)
	t.finish(second, retryAt(now.Add(4*time.Second)), now)
	t.wantDepth(now.Add(3*time.Second), ports.Depth{})
	t.wantDepth(now.Add(5*time.Second), ports.Depth{Queued: 1, Oldest: time.Second})
}

func (t *storeTest) queueCancelled() {
	r, other := t.addRoom(), t.addRoom()
	task := t.wantClaim(midday, t.send(r, midday))
	later := midday.Add(time.Second)
	queued := t.send(other, later)
	before := t.allMessages(r)
	queue, replyID, fence := t.ReplyQueue, task.Reply, task.Fence
	finish := func(ctx context.Context) error { return errorOf(queue.Finish(ctx, replyID, fence, failed, midday)) }
	wantCancelledCallsFail(t, map[string]func(context.Context) error{
		"Claim":      func(ctx context.Context) error { return errorOf(queue.Claim(ctx, later, reply.Lease, 5, 0)) },
		"Renew":      func(ctx context.Context) error { return queue.Renew(ctx, replyID, fence, midday, time.Hour) },
		"Finish":     finish,
		"Depth":      func(ctx context.Context) error { return errorOf(queue.Depth(ctx, later)) },
		"UsersAhead": func(ctx context.Context) error { return errorOf(queue.UsersAhead(ctx, later, 0, 5)) },
	})
	wantEqual(t, "the messages of the room", t.allMessages(r), before)
	t.wantDepth(later, ports.Depth{Queued: 1, Running: 1})
	t.wantCount(r.Owner, midday, 1)
	t.wantClaim(later, queued)
	t.wantClaim(midday.Add(reply.Lease), replyID)
}
