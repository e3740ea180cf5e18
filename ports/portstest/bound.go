package portstest

import (
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/kuvaka-tech/parley/core/chat"
	"github.com/kuvaka-tech/parley/core/id"
	"github.com/kuvaka-tech/parley/ports"
)

// rooms are n of one Pro user, each with a reply that waits: the replies, by their rank.
func (w *world) rooms(n int, at time.Time) (rooms []chat.Room, replies []id.ID) {
	w.Helper()
	owner := w.user().ID
	w.entitle(owner, at.Add(48*time.Hour))
	for i := range n {
		rooms = append(rooms, w.roomOf(owner, at))
		replies = append(replies, w.send(rooms[i], at.Add(time.Duration(i)*time.Millisecond)))
	}
	return rooms, replies
}

// gets asserts which replies a claim with a bound gets, in whatever order.
func (w *world) gets(now time.Time, perUser int, want ...id.ID) []chat.Task {
	w.Helper()
	tasks := w.bounded(now, 20, perUser)
	var got []id.ID
	for _, task := range tasks {
		got = append(got, task.Reply)
	}
	slices.Sort(got)
	w.same("the replies claimed", got, slices.Sorted(slices.Values(want)))
	return tasks
}

func (w *world) boundHolds() {
	_, replies := w.rooms(7, midday)
	now := midday.Add(time.Second)
	var running []chat.Task
	running = append(running, w.gets(now, 3, replies[:3]...)...)
	w.gets(now, 3)
	for _, next := range replies[3:] {
		w.finish(running[0], answered, now)
		running = append(running[1:], w.gets(now, 3, next)...)
		w.gets(now, 3)
	}
	w.depth(now, ports.Depth{Running: 3})
}

func (w *world) boundOthers() {
	_, heavy := w.rooms(40, midday)
	now := midday.Add(time.Minute)
	w.gets(now, 2, heavy[:2]...)
	_, other := w.rooms(3, midday.Add(time.Second))
	task := w.bounded(now, 1, 2)
	if len(task) != 1 || task[0].Reply != other[0] {
		w.Fatalf("claimed %+v, want the other's first", task)
	}
	w.gets(now, 2, other[1])
	w.finish(task[0], answered, now)
	w.gets(now, 2, other[2])
	w.depth(now, ports.Depth{Queued: 38, Running: 4, Oldest: time.Minute - 2*time.Millisecond})
}

func (w *world) boundNext() {
	_, replies := w.rooms(4, midday)
	now := midday.Add(time.Second)
	running := w.gets(now, 2, replies[:2]...)
	if next := w.finish(running[0], answered, now).Next; !slices.Contains(replies[2:], next) {
		w.Fatalf("%q is next, want one of those held back", next)
	}
	running = append(running[1:], w.gets(now, 2, replies[2])...)
	w.same("what is next", w.finish(running[0], gaveUp, now).Next, replies[3])
	running = append(running[1:], w.gets(now, 2, replies[3])...)
	w.same("what is next", w.finish(running[0], answered, now).Next, id.ID(""))
	later := w.send(w.roomOf(running[0].User, now), now)
	w.gets(now, 1)
	w.same("what is next", w.finish(running[1], answered, now).Next, later)
	w.gets(now, 1, later)
}

func (w *world) boundFreed() {
	rooms, replies := w.rooms(4, midday)
	now := midday.Add(time.Second)
	w.gets(now, 1, replies[0])
	w.gets(now, 1)
	w.ok(w.Rooms.Delete(w.ctx, rooms[0].Owner, rooms[0].ID))
	running := w.gets(now, 1, replies[1])
	retryAt := now.Add(4 * time.Second)
	done := w.finish(running[0], chat.Outcome{Status: chat.Queued, RetryAt: retryAt}, now)
	if !slices.Contains(replies[2:], done.Next) {
		w.Fatalf("%q is next, want one of those held back", done.Next)
	}
	running = w.gets(now, 1, replies[2])
	w.gets(retryAt, 1)
	w.finish(running[0], answered, retryAt)
	w.gets(retryAt, 1, replies[1]) // it was there before the last
}

func (w *world) boundCrash() {
	_, replies := w.rooms(4, midday)
	now := midday.Add(time.Second)
	w.gets(now, 2, replies[:2]...)
	over := now.Add(chat.Lease)
	w.gets(over, 2, replies[:2]...)
	w.gets(over.Add(chat.Lease), 1, replies[:2]...)
	w.gets(over.Add(chat.Lease), 2)
}

func (w *world) boundChanged() {
	_, replies := w.rooms(6, midday)
	now := midday.Add(time.Second)
	running := w.gets(now, 1, replies[0])
	running = append(running, w.gets(now, 3, replies[1:3]...)...)
	w.finish(running[0], answered, now)
	w.gets(now, 2)
	w.finish(running[1], answered, now)
	w.gets(now, 2, replies[3])
	w.gets(now, 0, replies[4:]...)
}

func (w *world) boundRooms() {
	rooms, replies := w.rooms(2, midday)
	now := midday.Add(time.Minute)
	second := w.send(rooms[0], midday.Add(time.Second))
	third := w.send(rooms[0], midday.Add(2*time.Second))
	running := w.gets(now, 2, replies...)
	waits := w.send(w.roomOf(rooms[0].Owner, midday), midday.Add(3*time.Second))
	w.gets(now, 2)
	w.finish(running[1], answered, now)
	running = append(running[:1], w.gets(now, 2, waits)...)
	w.same("what is next", w.finish(running[0], answered, now).Next, second)
	running = append(running[1:], w.gets(now, 2, second)...)
	w.finish(running[0], answered, now)
	w.gets(now, 2)
	w.finish(running[1], answered, now)
	w.gets(now, 2, third)
}

// In each round many claim at once, while as many of what was claimed before ends.
func (w *world) boundRace() {
	const rooms, bound = 30, 4
	now := midday.Add(time.Minute)
	var heavy []id.ID
	for range 2 {
		_, replies := w.rooms(rooms, midday)
		heavy = append(heavy, replies...)
	}
	got, running := map[id.ID]int{}, map[id.ID][]chat.Task{}
	for round := 0; len(got) < len(heavy); round++ {
		if round > len(heavy) {
			w.Fatalf("%d of %d claimed after %d rounds", len(got), len(heavy), round)
		}
		w.boundRound(now, bound, got, running)
	}
}

func (w *world) boundRound(now time.Time, bound int, got map[id.ID]int, running map[id.ID][]chat.Task) {
	w.Helper()
	var mu sync.Mutex
	var ends []chat.Task
	before := map[id.ID]int{}
	for user, tasks := range running {
		before[user] = len(tasks)
		ends = append(ends, tasks[:len(tasks)/2]...)
		running[user] = tasks[len(tasks)/2:]
	}
	w.split(together(8+len(ends), func(i int) error {
		if i >= 8 {
			_, err := w.Work.Finish(w.ctx, ends[i-8].Reply, ends[i-8].Fence, answered, now)
			return err
		}
		tasks, err := w.Work.Claim(w.ctx, now, chat.Lease, 3, bound)
		mu.Lock()
		defer mu.Unlock()
		for _, task := range tasks {
			got[task.Reply]++
			running[task.User] = append(running[task.User], task)
		}
		return err
	}), map[error]int{nil: 8 + len(ends)})
	for user, tasks := range running {
		if len(tasks) > bound || len(tasks) == 0 && len(got) == 0 {
			w.Fatalf("%d run of one owner, %d ran before; the bound is %d", len(tasks), before[user], bound)
		}
	}
	for reply, n := range got {
		if n != 1 {
			w.Fatal(fmt.Sprintf("%s was claimed %d times", reply, n))
		}
	}
}
