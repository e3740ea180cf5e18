package portstest

import (
	"errors"
	"sync"
	"time"

	"github.com/kuvaka-tech/parley/core/chat"
	"github.com/kuvaka-tech/parley/core/id"
	"github.com/kuvaka-tech/parley/core/quota"
	"github.com/kuvaka-tech/parley/ports"
)

func (w *world) renews(task chat.Task, now time.Time, lease time.Duration) {
	w.Helper()
	w.ok(w.Work.Renew(w.ctx, task.Reply, task.Fence, now, lease))
}

func (w *world) renew() {
	r := w.room()
	reply := w.send(r, midday)
	task := w.takes(midday, reply)
	w.renews(task, midday.Add(3*time.Second), chat.Lease)
	w.idle(midday.Add(chat.Lease))
	w.idle(midday.Add(chat.Lease + 3*time.Second - time.Microsecond))
	late := midday.Add(time.Hour)
	w.renews(task, late, chat.Lease)
	w.idle(late)
	if rev := w.rev(r); rev != 3 {
		w.Fatalf("renewing moved the room to revision %d", rev)
	}
	again := w.takes(late.Add(chat.Lease), reply)
	if again.Crashes != 1 {
		w.Fatalf("%d crashes, want 1", again.Crashes)
	}
}

// renewMany renews twenty claims at once, each also under the fence before; of every other one the claim is lost.
func (w *world) renewMany() {
	const n = 20
	later := midday.Add(chat.Lease)
	var held, stale []chat.Task
	for i := range n {
		task := w.takes(midday, w.send(w.room(), midday))
		if i%2 > 0 {
			stale = append(stale, task)
			task = w.takes(later, task.Reply)
		}
		held = append(held, task)
		w.renews(task, midday, time.Hour) // so that the next look finds its own reply alone
	}
	var all sync.WaitGroup
	for _, task := range held {
		all.Go(func() { w.check(w.Work.Renew(w.ctx, task.Reply, task.Fence, later, 2*time.Hour), nil) })
	}
	for _, task := range stale {
		all.Go(func() { w.check(w.Work.Renew(w.ctx, task.Reply, task.Fence, later, 9*time.Hour), chat.ErrLost) })
	}
	all.Wait()
	w.idle(later.Add(2*time.Hour - time.Microsecond))
	tasks, err := w.Work.Claim(w.ctx, later.Add(2*time.Hour), chat.Lease, 2*n, 0)
	w.ok(err)
	if len(tasks) != n {
		w.Fatalf("%d leases were prolonged by two hours, want %d", len(tasks), n)
	}
}

// check is fails for other goroutines than the test's.
func (w *world) check(err, want error) {
	if !errors.Is(err, want) {
		w.Errorf("failed with %v, want %v", err, want)
	}
}

// refuses asserts that neither Renew nor Finish works under the fence, and that they change nothing.
func (w *world) refuses(r chat.Room, reply id.ID, fence int64, want error) {
	w.Helper()
	before, used := w.log(r), w.used(r.Owner, midday)
	w.fails(w.Work.Renew(w.ctx, reply, fence, midday, time.Hour), want)
	for _, o := range []chat.Outcome{answered, gaveUp, {Status: chat.Queued, RetryAt: midday}} {
		_, err := w.Work.Finish(w.ctx, reply, fence, o, midday)
		w.fails(err, want)
	}
	w.same("the room's messages", w.log(r), before)
	w.counts(r.Owner, midday, used)
}

func (w *world) lost() {
	r := w.room()
	reply := w.send(r, midday)
	w.refuses(r, reply, 0, chat.ErrLost)
	old := w.takes(midday, reply)
	w.refuses(r, reply, old.Fence+1, chat.ErrLost)
	now := midday.Add(chat.Lease)
	task := w.takes(now, reply)
	w.refuses(r, reply, old.Fence, chat.ErrLost)
	w.idle(now.Add(chat.Lease - time.Microsecond))
	w.finish(task, chat.Outcome{Status: chat.Queued, RetryAt: now}, now)
	w.refuses(r, reply, task.Fence, chat.ErrLost)
	task = w.takes(now, reply)
	w.finish(task, answered, now)
	w.refuses(r, reply, task.Fence, chat.ErrLost)
}

func (w *world) gone() {
	r := w.room()
	w.send(r, midday)
	w.refuses(r, w.id(), 1, chat.ErrGone)
	task := w.claim(midday)
	w.ok(w.Rooms.Delete(w.ctx, r.Owner, r.ID))
	w.refuses(w.room(), task.Reply, task.Fence, chat.ErrGone)
}

func (w *world) finishWrites() {
	for _, o := range []chat.Outcome{answered, gaveUp, {Status: chat.Queued, RetryAt: midday.Add(time.Hour)},
		{Status: chat.Failed, Content: "Blocked.", Error: chat.CodeBlocked}} {
		r := w.room()
		reply := w.send(r, midday)
		before := w.log(r)
		w.same("what comes of it", w.finish(w.takes(midday, reply), o, midday.Add(time.Second)), ports.Finished{Rev: 4})
		before[1].Status, before[1].Content, before[1].Error, before[1].Rev = o.Status, o.Content, o.Error, 4
		w.same("the room's messages", w.log(r), before)
		if rev := w.rev(r); rev != 4 {
			w.Fatalf("the room is at revision %d, want 4", rev)
		}
		w.idle(midday.Add(time.Minute))
		if kept, err := w.Rooms.Get(w.ctx, r.Owner, r.ID); err != nil || !kept.Updated.Equal(midday) {
			w.Fatalf("a reply moved its room to %v (%v)", kept.Updated, err)
		}
		w.ok(w.Rooms.Delete(w.ctx, r.Owner, r.ID))
	}
}

func (w *world) finishNext() {
	r := w.room()
	w.send(w.room(), midday.Add(time.Minute))
	first, second := w.send(r, midday), w.send(r, midday.Add(time.Second))
	w.send(r, midday.Add(time.Hour))
	now := midday.Add(2 * time.Second)
	again := chat.Outcome{Status: chat.Queued, RetryAt: now}
	for _, step := range []struct {
		reply id.ID
		o     chat.Outcome
		next  id.ID
	}{{first, again, first}, {first, answered, second}, {second, gaveUp, ""}} {
		done := w.finish(w.takes(now, step.reply), step.o, now)
		w.same("what is next", done, ports.Finished{Rev: w.rev(r), Next: step.next})
	}
}

func (w *world) finishRefund() {
	r := w.room()
	w.send(r, midday)
	w.send(r, midday)
	task := w.claim(midday)
	errs := together(20, func(int) error {
		_, err := w.Work.Finish(w.ctx, task.Reply, task.Fence, gaveUp, midday)
		return err
	})
	w.split(errs, map[error]int{nil: 1, chat.ErrLost: 19})
	w.counts(r.Owner, midday, 1)
	kept := gaveUp
	kept.Refund = false
	w.finish(w.claim(midday), kept, midday)
	w.counts(r.Owner, midday, 1)
	w.send(r, midday)
	w.finish(w.claim(midday), chat.Outcome{Status: chat.Queued, RetryAt: midday, Refund: true}, midday)
	w.counts(r.Owner, midday, 1)
	w.finish(w.claim(midday), gaveUp, midday)
	w.counts(r.Owner, midday, 1)
}

func (w *world) finishMidnight() {
	r := w.room()
	midnight := quota.DayOf(midday).Ends()
	before, after := midnight.Add(-time.Second), midnight.Add(time.Second)
	late := w.send(r, before)
	w.send(r, before)
	task := w.takes(before, late)
	w.send(r, after)
	w.finish(task, gaveUp, after)
	w.counts(r.Owner, before, 1)
	w.counts(r.Owner, after, 1)
	w.finish(w.claim(after), gaveUp, after)
	w.finish(w.claim(after), gaveUp, after)
	w.counts(r.Owner, before, 0)
	w.counts(r.Owner, after, 0)
}

func (w *world) depths() {
	w.depth(midday, ports.Depth{})
	pro := w.room()
	w.entitle(pro.Owner, midday.Add(24*time.Hour))
	w.send(pro, midday)
	w.send(w.room(), midday.Add(10*time.Second))
	w.depth(midday.Add(-time.Second), ports.Depth{})
	now := midday.Add(15 * time.Second)
	w.depth(now, ports.Depth{Queued: 2, Oldest: 15 * time.Second})
	first, second := w.claim(now), w.claim(now)
	w.depth(now, ports.Depth{Running: 2})
	w.finish(first, answered, now)
	w.finish(second, chat.Outcome{Status: chat.Queued, RetryAt: now.Add(4 * time.Second)}, now)
	w.depth(now.Add(3*time.Second), ports.Depth{})
	w.depth(now.Add(5*time.Second), ports.Depth{Queued: 1, Oldest: time.Second})
}
