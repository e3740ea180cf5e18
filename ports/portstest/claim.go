package portstest

import (
	"sync"
	"time"

	"github.com/kuvaka-tech/parley/core/chat"
	"github.com/kuvaka-tech/parley/core/id"
	"github.com/kuvaka-tech/parley/ports"
)

func (w *world) claimTask() {
	r := w.room()
	w.idle(midday)
	a := w.accept(w.draft(r, midday))
	w.idle(midday.Add(-time.Microsecond))
	if tasks := w.claims(midday, 0); len(tasks) != 0 {
		w.Fatal("a reply was claimed though none was asked for")
	}
	now := midday.Add(time.Second)
	task := w.claim(now)
	w.same("the task", task, chat.Task{Reply: a.Reply, Room: r.ID, User: r.Owner, Prompt: a.Prompt, Fence: task.Fence, Rev: 3, FirstClaim: now})
	w.idle(now)
	w.idle(now.Add(chat.Lease - time.Microsecond))
	m := w.log(r)[1]
	if m.Status != chat.Running || m.Rev != 3 || m.Born != 2 || w.rev(r) != 3 {
		w.Fatalf("a claimed reply is %s at revision %d, born %d, in a room at %d", m.Status, m.Rev, m.Born, w.rev(r))
	}
}

func (w *world) claimRank() {
	var replies []id.ID
	for _, seconds := range []int{3, 1, 4, 2, 5} {
		replies = append(replies, w.send(w.room(), midday.Add(time.Duration(seconds)*time.Second)))
	}
	now := midday.Add(time.Minute)
	w.takes(now, replies[1])
	got := map[id.ID]bool{}
	for _, task := range w.claims(now, 2) {
		got[task.Reply] = true
	}
	w.same("the next two", got, map[id.ID]bool{replies[3]: true, replies[0]: true})
	w.takes(now, replies[2])
	w.takes(now, replies[4])
	w.idle(now)
}

func (w *world) claimHeadStart() {
	pro := w.room()
	w.entitle(pro.Owner, midday.Add(24*time.Hour))
	oldest := w.send(w.room(), midday)
	older := w.send(w.room(), midday.Add(20*time.Second))
	newest := w.send(w.room(), midday.Add(45*time.Second))
	first := w.send(pro, midday.Add(40*time.Second))
	w.idle(midday.Add(-time.Microsecond))
	now := midday.Add(50 * time.Second)
	for _, want := range []id.ID{oldest, first, older, newest} {
		w.takes(now, want)
	}
}

func (w *world) claimRoom() {
	r := w.room()
	first, second, third := w.send(r, midday), w.send(r, midday), w.send(r, midday.Add(-time.Hour))
	for _, want := range []id.ID{first, second, third} {
		tasks := w.claims(midday, 10)
		if len(tasks) != 1 || tasks[0].Reply != want {
			w.Fatalf("%d replies claimed, want the room's first", len(tasks))
		}
		w.idle(midday)
		w.finish(tasks[0], answered, midday)
	}
	w.idle(midday)
}

func (w *world) claimRetry() {
	r := w.room()
	first, second := w.send(r, midday), w.send(r, midday)
	retryAt := midday.Add(4 * time.Second)
	failed := w.takes(midday, first)
	done := w.finish(failed, chat.Outcome{Status: chat.Queued, RetryAt: retryAt}, midday)
	w.same("what comes of it", done, ports.Finished{Rev: 6})
	w.idle(retryAt.Add(-time.Microsecond))
	again := w.takes(retryAt, first)
	if again.Fence <= failed.Fence || again.Errors != 1 || again.Crashes != 0 || !again.FirstClaim.Equal(midday) {
		w.Fatalf("tried again as %+v after %+v", again, failed)
	}
	w.finish(again, chat.Outcome{Status: chat.Queued, RetryAt: retryAt, Unasked: true}, retryAt)
	if again = w.takes(retryAt, first); again.Errors != 1 || !again.FirstClaim.Equal(midday) {
		w.Fatalf("tried again, nobody having been asked, as %+v", again)
	}
	w.same("what is next", w.finish(again, answered, retryAt), ports.Finished{Rev: 10, Next: second})
	w.takes(retryAt, second)
}

func (w *world) claimCrash() {
	r := w.room()
	reply := w.send(r, midday)
	task := w.takes(midday, reply)
	for crashes := 1; crashes <= 3; crashes++ {
		now := midday.Add(time.Duration(crashes) * chat.Lease)
		w.idle(now.Add(-time.Microsecond))
		again := w.takes(now, reply)
		if again.Fence <= task.Fence || again.Crashes != crashes || again.Errors != 0 || again.Rev != task.Rev+1 || !again.FirstClaim.Equal(midday) {
			w.Fatalf("claimed as %+v after %+v", again, task)
		}
		task = again
	}
	w.counts(r.Owner, midday, 1)
}

func (w *world) claimRace() {
	heads := map[id.ID]bool{}
	for i := range 20 {
		r := w.room()
		heads[w.send(r, midday)] = true
		if i%2 == 0 {
			w.send(r, midday)
		}
	}
	var mu sync.Mutex
	got := map[id.ID]int{}
	w.split(together(8, func(int) error {
		for {
			tasks, err := w.Work.Claim(w.ctx, midday, chat.Lease, 3, 0)
			if err != nil || len(tasks) == 0 {
				return err
			}
			mu.Lock()
			for _, task := range tasks {
				got[task.Reply]++
			}
			mu.Unlock()
		}
	}), map[error]int{nil: 8})
	for _, task := range w.claims(midday, 100) {
		got[task.Reply]++
	}
	for reply, n := range got {
		if n != 1 || !heads[reply] {
			w.Fatalf("a reply was claimed %d times, the first of its room: %v", n, heads[reply])
		}
	}
	if len(got) != len(heads) {
		w.Fatalf("%d of %d replies claimed", len(got), len(heads))
	}
}

func (w *world) reclaimRace() {
	w.send(w.room(), midday)
	w.claim(midday)
	now, got := midday.Add(chat.Lease), make([]int, 20)
	w.split(together(20, func(i int) error {
		tasks, err := w.Work.Claim(w.ctx, now, chat.Lease, 5, 0)
		got[i] = len(tasks)
		return err
	}), map[error]int{nil: 20})
	claimed := len(w.claims(now, 5))
	for _, n := range got {
		claimed += n
	}
	if claimed != 1 {
		w.Fatalf("a lease that ran out was claimed %d times", claimed)
	}
}
