package portstest

import (
	"sync"
	"time"

	"github.com/kuvaka-tech/parley/core/chat"
	"github.com/kuvaka-tech/parley/core/id"
	"github.com/kuvaka-tech/parley/core/reply"
	"github.com/kuvaka-tech/parley/ports"
)

func (t *storeTest) claimTask() {
	r := t.addRoom()
	t.wantNoneDue(midday)
	a := t.accept(t.newDraft(r, midday))
	t.wantNoneDue(midday.Add(-time.Microsecond))
	if tasks := t.claimUpTo(midday, 0); len(tasks) != 0 {
		t.Fatalf("Claim with n = 0 returned %d replies, want none", len(tasks))
	}
	now := midday.Add(time.Second)
	task := t.claimOne(now)
	wantEqual(t, "the task", task, reply.Task{
		Reply:      a.Reply,
		Room:       r.ID,
		User:       r.Owner,
		Prompt:     a.Prompt,
		Fence:      task.Fence,
		Rev:        3,
		FirstClaim: now,
	})
	t.wantNoneDue(now)
	t.wantNoneDue(now.Add(reply.Lease - time.Microsecond))
	m, roomRev := t.allMessages(r)[1], t.getRoom(r).Rev
	if m.Status != chat.Running || m.Rev != 3 || m.Born != 2 || roomRev != 3 {
		t.Fatalf("the claimed reply is %+v in a room with revision %d, want running, first revision 2 and revision 3",
			m, roomRev)
	}
}

func (t *storeTest) claimLongestWait() {
	var replies []id.ID
	for _, seconds := range []int{3, 1, 4, 2, 5} {
		replies = append(replies, t.send(t.addRoom(), midday.Add(time.Duration(seconds)*time.Second)))
	}
	now := midday.Add(time.Minute)
	t.wantClaim(now, replies[1])
	got := map[id.ID]bool{}
	for _, task := range t.claimUpTo(now, 2) {
		got[task.Reply] = true
	}
	wantEqual(t, "the next two replies", got, map[id.ID]bool{replies[3]: true, replies[0]: true})
	t.wantClaim(now, replies[2])
	t.wantClaim(now, replies[4])
	t.wantNoneDue(now)
}

func (t *storeTest) claimRank() {
	owner := t.addUser().ID
	t.setProUntil(owner, midday.Add(24*time.Hour))
	var replies []id.ID
	for _, seconds := range []int{3, 1, 2} {
		r := t.addRoomOf(owner, midday)
		replies = append(replies, t.send(r, midday.Add(time.Duration(seconds)*time.Second)))
	}
	now := midday.Add(time.Minute)
	t.wantClaim(now, replies[1])
	t.wantClaim(now, replies[2])
	t.wantClaim(now, replies[0])
}

// Two users have a backlog. A third one arrives during the second round.
func (t *storeTest) claimTurns() {
	var backlogs [2][]id.ID
	for i := range backlogs {
		owner := t.addUser().ID
		for n := range 3 {
			sent := midday.Add(time.Duration(10*n+i) * time.Second)
			backlogs[i] = append(backlogs[i], t.send(t.addRoomOf(owner, midday), sent))
		}
	}
	at := func(ms int) time.Time { return midday.Add(time.Minute + time.Duration(ms)*time.Millisecond) }
	t.answerReply(backlogs[0][0], at(0))
	t.answerReply(backlogs[1][0], at(1))
	t.answerReply(backlogs[0][1], at(2))
	t.answerReply(t.send(t.addRoom(), at(29_000)), at(29_000))
	t.answerReply(backlogs[1][1], at(29_001))
	t.answerReply(backlogs[0][2], at(29_002))
	t.answerReply(backlogs[1][2], at(29_003))
}

func (t *storeTest) claimHeadStart() {
	pro := t.addRoom()
	t.setProUntil(pro.Owner, midday.Add(24*time.Hour))
	at := func(seconds int) time.Time { return midday.Add(time.Duration(seconds) * time.Second) }
	basicAt0 := t.send(t.addRoom(), at(0))
	basicAt20 := t.send(t.addRoom(), at(20))
	basicAt45 := t.send(t.addRoom(), at(45))
	proAt40 := t.send(pro, at(40)) // with a head start of 30 s
	t.wantNoneDue(midday.Add(-time.Microsecond))
	for _, want := range []id.ID{basicAt0, proAt40, basicAt20, basicAt45} {
		t.wantClaim(at(50), want)
	}
}

// A Pro user is served and sends again at once. The user passes a Basic user who already waited
// when the Pro user was served.
func (t *storeTest) claimHeadStartAgain() {
	pro := t.addRoom()
	t.setProUntil(pro.Owner, midday.Add(24*time.Hour))
	at := func(seconds int) time.Time { return midday.Add(time.Duration(seconds) * time.Second) }
	basicAt0 := t.send(t.addRoom(), at(0))
	basicAt20 := t.send(t.addRoom(), at(20))
	t.answerReply(t.send(pro, at(22)), at(22))
	proAt40 := t.send(pro, at(40))
	for _, want := range []id.ID{basicAt0, proAt40, basicAt20} {
		t.wantClaim(at(41), want)
	}
}

func (t *storeTest) claimRoomInOrder() {
	r := t.addRoom()
	first, second, third := t.send(r, midday), t.send(r, midday), t.send(r, midday.Add(-time.Hour))
	for _, want := range []id.ID{first, second, third} {
		tasks := t.claimUpTo(midday, 10)
		if len(tasks) != 1 || tasks[0].Reply != want {
			t.Fatalf("Claim returned %+v, want only the first reply of the room, %s", tasks, want)
		}
		t.wantNoneDue(midday)
		t.finish(tasks[0], answered, midday)
	}
	t.wantNoneDue(midday)
}

func (t *storeTest) claimRetry() {
	r := t.addRoom()
	first, second := t.send(r, midday), t.send(r, midday)
	due := midday.Add(4 * time.Second)
	task := t.wantClaim(midday, first)
	wantEqual(t, "the result of Finish", t.finish(task, retryAt(due), midday), ports.Finished{Rev: 6})
	t.wantNoneDue(due.Add(-time.Microsecond))
	retry := t.wantClaim(due, first)
	if retry.Fence <= task.Fence || retry.Errors != 1 || retry.Crashes != 0 || !retry.FirstClaim.Equal(midday) {
		t.Fatalf("the retry is %+v after %+v, want a higher fence, 1 error and the same first claim", retry, task)
	}
	notCalled := retryAt(due)
	notCalled.NotCalled = true
	t.finish(retry, notCalled, due)
	retry = t.wantClaim(due, first)
	if retry.Errors != 1 || !retry.FirstClaim.Equal(midday) {
		t.Fatalf("the retry after an attempt that called no model is %+v, want 1 error and the same first claim", retry)
	}
	wantEqual(t, "the result of Finish", t.finish(retry, answered, due), ports.Finished{Rev: 10, Next: second})
	t.wantClaim(due, second)
}

func (t *storeTest) claimCrash() {
	r := t.addRoom()
	task := t.wantClaim(midday, t.send(r, midday))
	for crashes := 1; crashes <= 3; crashes++ {
		now := midday.Add(time.Duration(crashes) * reply.Lease)
		t.wantNoneDue(now.Add(-time.Microsecond))
		again := t.wantClaim(now, task.Reply)
		if again.Fence <= task.Fence || again.Rev != task.Rev+1 {
			t.Fatalf("fence and revision are %d and %d after %d and %d, want both higher",
				again.Fence, again.Rev, task.Fence, task.Rev)
		}
		if again.Crashes != crashes || again.Errors != 0 || !again.FirstClaim.Equal(midday) {
			t.Fatalf("the task is %+v, want %d crashes, no errors and the same first claim", again, crashes)
		}
		task = again
	}
	t.wantCount(r.Owner, midday, 1)
}

func (t *storeTest) claimRace() {
	heads := map[id.ID]bool{} // the first reply of each room
	for i := range 20 {
		r := t.addRoom()
		heads[t.send(r, midday)] = true
		if i%2 == 0 {
			t.send(r, midday)
		}
	}
	var mu sync.Mutex
	claimed := map[id.ID]int{}
	errs := concurrently(8, func(int) error {
		for {
			tasks, err := t.ReplyQueue.Claim(t.ctx, midday, reply.Lease, 3, 0)
			if err != nil || len(tasks) == 0 {
				return err
			}
			mu.Lock()
			for _, task := range tasks {
				claimed[task.Reply]++
			}
			mu.Unlock()
		}
	})
	wantErrorCounts(t, errs, map[error]int{nil: 8})
	for _, task := range t.claimUpTo(midday, 100) {
		claimed[task.Reply]++
	}
	for replyID, n := range claimed {
		if n != 1 || !heads[replyID] {
			t.Fatalf("reply %s was claimed %d times and is the first of its room: %v, want once and true",
				replyID, n, heads[replyID])
		}
	}
	if len(claimed) != len(heads) {
		t.Fatalf("%d replies were claimed, want the first of each room: %d", len(claimed), len(heads))
	}
}

func (t *storeTest) reclaimRace() {
	t.send(t.addRoom(), midday)
	t.claimOne(midday)
	expired, counts := midday.Add(reply.Lease), make([]int, 20)
	errs := concurrently(len(counts), func(i int) error {
		tasks, err := t.ReplyQueue.Claim(t.ctx, expired, reply.Lease, 5, 0)
		counts[i] = len(tasks)
		return err
	})
	wantErrorCounts(t, errs, map[error]int{nil: 20})
	claimed := len(t.claimUpTo(expired, 5))
	for _, n := range counts {
		claimed += n
	}
	if claimed != 1 {
		t.Fatalf("the expired lease was claimed %d times, want once", claimed)
	}
}
