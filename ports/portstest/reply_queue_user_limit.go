package portstest

import (
	"slices"
	"sync"
	"time"

	"github.com/kuvaka-tech/parley/core/chat"
	"github.com/kuvaka-tech/parley/core/id"
	"github.com/kuvaka-tech/parley/core/reply"
	"github.com/kuvaka-tech/parley/ports"
)

// addQueuedRooms stores n rooms of one Pro user, each with a queued reply. It
// returns the replies in the order of their ranks.
func (t *storeTest) addQueuedRooms(n int, at time.Time) (rooms []chat.Room, replies []id.ID) {
	t.Helper()
	owner := t.addUser().ID
	t.setProUntil(owner, at.Add(48*time.Hour))
	for i := range n {
		rooms = append(rooms, t.addRoomOf(owner, at))
		replies = append(replies, t.send(rooms[i], at.Add(time.Duration(i)*time.Millisecond)))
	}
	return rooms, replies
}

// wantClaimed claims with a limit per owner and checks which replies it gets, in any order.
func (t *storeTest) wantClaimed(now time.Time, perUser int, want ...id.ID) []reply.Task {
	t.Helper()
	tasks := t.claimWithLimit(now, 20, perUser)
	var got []id.ID
	for _, task := range tasks {
		got = append(got, task.Reply)
	}
	slices.Sort(got)
	wantEqual(t, "the claimed replies", got, slices.Sorted(slices.Values(want)))
	return tasks
}

func (t *storeTest) limitHolds() {
	_, replies := t.addQueuedRooms(7, midday)
	now := midday.Add(time.Second)
	running := t.wantClaimed(now, 3, replies[:3]...)
	t.wantClaimed(now, 3)
	for _, next := range replies[3:] {
		t.finish(running[0], answered, now)
		running = append(running[1:], t.wantClaimed(now, 3, next)...)
		t.wantClaimed(now, 3)
	}
	t.wantDepth(now, ports.Depth{Running: 3})
}

func (t *storeTest) limitOtherOwners() {
	_, backlog := t.addQueuedRooms(40, midday)
	now := midday.Add(time.Minute)
	t.wantClaimed(now, 2, backlog[:2]...)
	_, other := t.addQueuedRooms(3, midday.Add(time.Second))
	tasks := t.claimWithLimit(now, 1, 2)
	if len(tasks) != 1 || tasks[0].Reply != other[0] {
		t.Fatalf("Claim returned %+v, want the first reply of the other owner, %s", tasks, other[0])
	}
	t.wantClaimed(now, 2, other[1])
	t.finish(tasks[0], answered, now)
	t.wantClaimed(now, 2, other[2])
	t.wantDepth(now, ports.Depth{Queued: 38, Running: 4})
}

func (t *storeTest) limitFinishNext() {
	_, replies := t.addQueuedRooms(4, midday)
	now := midday.Add(time.Second)
	running := t.wantClaimed(now, 2, replies[:2]...)
	t.wantNextOneOf(running[0], answered, now, replies[2:])
	running = append(running[1:], t.wantClaimed(now, 2, replies[2])...)
	t.wantNext(running[0], failed, now, replies[3])
	running = append(running[1:], t.wantClaimed(now, 2, replies[3])...)
	t.wantNext(running[0], answered, now, "")
	t.send(t.addRoomOf(running[0].User, now), now) // below the limit: Accept has woken a worker
	t.wantNext(running[1], answered, now, "")
}

// wantNextOneOf finishes a task and checks that Finish wants a worker woken for one of these replies.
func (t *storeTest) wantNextOneOf(task reply.Task, o reply.Outcome, now time.Time, deferred []id.ID) {
	t.Helper()
	if next := t.finish(task, o, now).Next; !slices.Contains(deferred, next) {
		t.Fatalf("the next reply is %q, want one of the deferred %v", next, deferred)
	}
}

func (t *storeTest) limitFreed() {
	rooms, replies := t.addQueuedRooms(4, midday)
	now := midday.Add(time.Second)
	t.wantClaimed(now, 1, replies[0])
	t.wantClaimed(now, 1)
	must(t, t.Rooms.Delete(t.ctx, rooms[0].Owner, rooms[0].ID))
	running := t.wantClaimed(now, 1, replies[1])
	due := now.Add(4 * time.Second)
	t.wantNextOneOf(running[0], retryAt(due), now, replies[2:])
	running = t.wantClaimed(now, 1, replies[2])
	t.wantClaimed(due, 1)
	t.finish(running[0], answered, due)
	t.wantClaimed(due, 1, replies[1]) // its rank is lower than that of the fourth reply
}

func (t *storeTest) limitCrash() {
	_, replies := t.addQueuedRooms(4, midday)
	now := midday.Add(time.Second)
	t.wantClaimed(now, 2, replies[:2]...)
	now = now.Add(reply.Lease)
	t.wantClaimed(now, 2, replies[:2]...)
	now = now.Add(reply.Lease)
	t.wantClaimed(now, 1, replies[0])
	t.wantClaimed(now, 1)
}

func (t *storeTest) limitChanged() {
	_, replies := t.addQueuedRooms(6, midday)
	now := midday.Add(time.Second)
	running := t.wantClaimed(now, 3, replies[:3]...)
	t.finish(running[0], answered, now)
	t.wantClaimed(now, 2)
	t.finish(running[1], answered, now)
	t.wantClaimed(now, 2, replies[3])
	t.finish(running[2], answered, now)
	t.wantClaimed(now, 0, replies[4:]...)
}

func (t *storeTest) limitSameRoom() {
	rooms, replies := t.addQueuedRooms(2, midday)
	now := midday.Add(time.Minute)
	second := t.send(rooms[0], midday.Add(time.Second))
	third := t.send(rooms[0], midday.Add(2*time.Second))
	running := t.wantClaimed(now, 2, replies...)
	other := t.send(t.addRoomOf(rooms[0].Owner, midday), midday.Add(3*time.Second))
	t.wantClaimed(now, 2)
	t.finish(running[1], answered, now)
	running = append(running[:1], t.wantClaimed(now, 2, other)...)
	t.wantNext(running[0], answered, now, second)
	running = append(running[1:], t.wantClaimed(now, 2, second)...)
	t.finish(running[0], answered, now)
	t.wantClaimed(now, 2)
	t.finish(running[1], answered, now)
	t.wantClaimed(now, 2, third)
}

// limitRun is a run of claims and finishes by many workers.
type limitRun struct {
	perUser int
	claimed map[id.ID]int          // how often each reply was claimed
	running map[id.ID][]reply.Task // the running tasks of each user
}

// In each round, 8 Claims run concurrently with the Finish of half of the running replies.
func (t *storeTest) limitRace() {
	run := &limitRun{perUser: 4, claimed: map[id.ID]int{}, running: map[id.ID][]reply.Task{}}
	now := midday.Add(time.Minute)
	total := 0
	for range 2 {
		_, replies := t.addQueuedRooms(30, midday)
		total += len(replies)
	}
	for round := 0; len(run.claimed) < total; round++ {
		if round > total {
			t.Fatalf("%d of %d replies were claimed after %d rounds, want all", len(run.claimed), total, round)
		}
		t.limitRound(run, now)
	}
}

func (t *storeTest) limitRound(run *limitRun, now time.Time) {
	t.Helper()
	const workers = 8
	var mu sync.Mutex
	var done []reply.Task
	before := map[id.ID]int{}
	for userID, tasks := range run.running {
		before[userID] = len(tasks)
		done = append(done, tasks[:len(tasks)/2]...)
		run.running[userID] = tasks[len(tasks)/2:]
	}
	errs := concurrently(workers+len(done), func(i int) error {
		if i >= workers {
			task := done[i-workers]
			return errorOf(t.ReplyQueue.Finish(t.ctx, task.Reply, task.Fence, answered, now))
		}
		tasks, err := t.ReplyQueue.Claim(t.ctx, now, reply.Lease, 3, run.perUser)
		mu.Lock()
		defer mu.Unlock()
		for _, task := range tasks {
			run.claimed[task.Reply]++
			run.running[task.User] = append(run.running[task.User], task)
		}
		return err
	})
	wantErrorCounts(t, errs, map[error]int{nil: len(errs)})
	for userID, tasks := range run.running {
		if len(tasks) > run.perUser {
			t.Fatalf("%d replies of one owner are running, after %d before, want at most %d",
				len(tasks), before[userID], run.perUser)
		}
	}
	for replyID, n := range run.claimed {
		if n != 1 {
			t.Fatalf("reply %s was claimed %d times, want once", replyID, n)
		}
	}
}
