package portstest

import (
	"context"
	"testing"
	"time"

	"github.com/kuvaka-tech/parley/core/chat"
	"github.com/kuvaka-tech/parley/core/id"
	"github.com/kuvaka-tech/parley/ports"
)

// Work is the contract of a ports.Work.
func Work(t *testing.T, open func(t *testing.T) Stores) {
	proveStore(t, open, []sentence[*world]{
		{"Claim hands a due reply out once, with its prompt", (*world).claimTask},
		{"Claim takes the lowest rank first, at most as many as asked for", (*world).claimRank},
		{"Pro passes what arrived within its head start and nothing older", (*world).claimHeadStart},
		{"a room's replies are claimed one at a time, in order", (*world).claimRoom},
		{"a head that waits for its retry holds its room", (*world).claimRetry},
		{"a lease that ran out is claimed again under a higher fence, as a crash", (*world).claimCrash},
		{"many who claim at once never share a reply or a room", (*world).claimRace},
		{"one of many who reclaim at once gets the reply", (*world).reclaimRace},
		{"an owner has no more running than the bound; the others wait in their order", (*world).boundHolds},
		{"what an owner has waiting keeps nobody else back", (*world).boundOthers},
		{"a place that is free again goes to the owner's next, which Finish tells", (*world).boundNext},
		{"a room that is deleted, and a retry, give their place back", (*world).boundFreed},
		{"a lease that ran out keeps its place, and takes no other", (*world).boundCrash},
		{"another bound holds from the next claim on", (*world).boundChanged},
		{"an owner's room with one under way does not use up its places", (*world).boundRooms},
		{"many who claim at once never pass the bound", (*world).boundRace},
		{"Renew prolongs a lease, also one that ran out unclaimed", (*world).renew},
		{"of many renewed at once each that is held is prolonged, and no other", (*world).renewMany},
		{"a stale or foreign fence is lost", (*world).lost},
		{"a reply that does not exist is gone", (*world).gone},
		{"Finish writes the outcome and bumps the revision", (*world).finishWrites},
		{"Finish tells the room's next due reply", (*world).finishNext},
		{"a unit goes back once, however often and by however many", (*world).finishRefund},
		{"a unit goes back to the day it came from", (*world).finishMidnight},
		{"Depth tells what is due, what is claimed, and for how long", (*world).depths},
		{"a context that is over stops every method", (*world).workOver},
	})
}

var (
	answered = chat.Outcome{Status: chat.Done, Content: "Mice. 🐁", Usage: chat.Usage{In: 12, Out: 3}}
	gaveUp   = chat.Outcome{Status: chat.Failed, Content: "Sorry.", Error: chat.CodeUnavailable, Refund: true}
)

func (w *world) claims(now time.Time, n int) []chat.Task {
	w.Helper()
	return w.bounded(now, n, 0)
}

// bounded claims with a bound.
func (w *world) bounded(now time.Time, n, perUser int) []chat.Task {
	w.Helper()
	tasks, err := w.Work.Claim(w.ctx, now, chat.Lease, n, perUser)
	w.ok(err)
	if len(tasks) > n {
		w.Fatalf("%d replies claimed, %d asked for", len(tasks), n)
	}
	return tasks
}

// claim takes the one reply that comes first.
func (w *world) claim(now time.Time) chat.Task {
	w.Helper()
	tasks := w.claims(now, 1)
	if len(tasks) != 1 {
		w.Fatal("no reply is due")
	}
	return tasks[0]
}

// takes asserts which reply comes first.
func (w *world) takes(now time.Time, want id.ID) chat.Task {
	w.Helper()
	task := w.claim(now)
	w.same("the reply claimed", task.Reply, want)
	return task
}

// idle asserts that nothing can be claimed.
func (w *world) idle(now time.Time) {
	w.Helper()
	if tasks := w.claims(now, 10); len(tasks) != 0 {
		w.Fatalf("%d replies claimed, want none", len(tasks))
	}
}

func (w *world) finish(task chat.Task, o chat.Outcome, now time.Time) ports.Finished {
	w.Helper()
	done, err := w.Work.Finish(w.ctx, task.Reply, task.Fence, o, now)
	w.ok(err)
	return done
}

// reply claims the reply, which must be the only one due, and answers it.
func (w *world) reply(reply id.ID, now time.Time) {
	w.Helper()
	w.finish(w.takes(now, reply), answered, now)
}

func (w *world) depth(now time.Time, want ports.Depth) {
	w.Helper()
	got, err := w.Work.Depth(w.ctx, now)
	w.ok(err)
	w.same("the depth", got, want)
}

func (w *world) workOver() {
	r, waiting := w.room(), w.room()
	reply := w.send(r, midday)
	task := w.takes(midday, reply)
	later := midday.Add(time.Second)
	next := w.send(waiting, later)
	before := w.log(r)
	w.over(map[string]func(context.Context) error{
		"Claim": func(ctx context.Context) error {
			_, err := w.Work.Claim(ctx, later, chat.Lease, 5, 0)
			return err
		},
		"Renew": func(ctx context.Context) error { return w.Work.Renew(ctx, reply, task.Fence, midday, time.Hour) },
		"Finish": func(ctx context.Context) error {
			_, err := w.Work.Finish(ctx, reply, task.Fence, gaveUp, midday)
			return err
		},
		"Depth": func(ctx context.Context) error { _, err := w.Work.Depth(ctx, later); return err },
	})
	w.same("the room's messages", w.log(r), before)
	w.depth(later, ports.Depth{Queued: 1, Running: 1})
	w.counts(r.Owner, midday, 1)
	w.takes(later, next)
	w.takes(midday.Add(chat.Lease), reply)
}
