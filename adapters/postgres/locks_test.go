package postgres_test

import (
	"errors"
	"sync"
	"testing"

	"github.com/kuvaka-tech/parley/core/chat"
	"github.com/kuvaka-tech/parley/core/quota"
	"github.com/kuvaka-tech/parley/core/reply"
	"github.com/kuvaka-tech/parley/ports"
)

const lockRoom = `SELECT FROM rooms WHERE id = $1 FOR UPDATE`

// startAccept accepts a message in the background, in another process.
func (f *fixture) startAccept(d chat.Draft) (wait func() (chat.Accepted, error)) {
	f.Helper()
	process := f.elsewhere()
	return start(func() (chat.Accepted, error) { return process.Messages.Accept(f.Context(), d) })
}

// startFinish finishes a reply in the background.
func (f *fixture) startFinish(task reply.Task, o reply.Outcome) (wait func() (ports.Finished, error)) {
	return start(func() (ports.Finished, error) {
		return f.ReplyQueue.Finish(f.Context(), task.Reply, task.Fence, o, noon)
	})
}

// acceptAndClaim returns the task of a new reply in the fixture's room.
func (f *fixture) acceptAndClaim() reply.Task {
	f.Helper()
	f.accept(f.draft("", 5))
	tasks := f.claim(1, 0)
	if len(tasks) != 1 {
		f.Fatalf("%d replies claimed, want 1", len(tasks))
	}
	return tasks[0]
}

// wantCount checks the number that a query returns.
func (f *fixture) wantCount(what string, want int, query string) {
	f.Helper()
	if n := queryValue[int](f.schema, query); n != want {
		f.Errorf("%s = %d, want %d", what, n, want)
	}
}

func TestAcceptFailsAfterTheLockTimeout(t *testing.T) {
	f := newFixture(t, "lock_timeout=200ms")
	release := f.holdLocks(lockRoom, f.room.ID)
	for _, key := range []string{"a", ""} {
		if _, err := f.Messages.Accept(f.Context(), f.draft(key, 5)); !errors.Is(err, ports.ErrUnavailable) {
			t.Errorf("error with the key %q = %v, want ports.ErrUnavailable", key, err)
		}
	}
	release()
	f.accept(f.draft("a", 5))
	f.wantCount("count of messages", 1, `SELECT n FROM sent`)
}

// The second request cannot know how the first one ends. The first one only knows that it failed.
func TestAcceptFailsWhileTheSameKeyIsInFlight(t *testing.T) {
	f := newFixture(t, "lock_timeout=1s")
	f.holdLocks(lockRoom, f.room.ID)
	accept := func() (chat.Accepted, error) { return f.Messages.Accept(f.Context(), f.draft("a", 5)) }
	first := start(accept)
	f.waitForBlocked(1)
	if _, err := accept(); !errors.Is(err, chat.ErrInFlight) {
		t.Errorf("error of the second request = %v, want chat.ErrInFlight", err)
	}
	if _, err := first(); !errors.Is(err, ports.ErrUnavailable) {
		t.Errorf("error of the first request = %v, want ports.ErrUnavailable", err)
	}
}

// Deleting an account locks the user before the room, too. Another order could deadlock.
func TestAcceptLocksTheUserBeforeTheRoom(t *testing.T) {
	f := newFixture(t)
	d := f.draft("", 5)
	release := f.holdLocks(`SELECT FROM users WHERE id = $1 FOR UPDATE`, d.User)
	accept := f.startAccept(d)
	f.waitForBlocked(1)
	f.exec(`SELECT FROM rooms WHERE id = '` + string(f.room.ID) + `' FOR UPDATE NOWAIT`)
	release()
	_, err := accept()
	f.noError(err)
}

// Two concurrent requests with the same key need the last unit of the quota. The
// second one must get the result of the first one, not quota.ErrExhausted.
func TestReplayComesBeforeAnExhaustedQuota(t *testing.T) {
	f := newFixture(t)
	release := f.holdLocks(lockRoom, f.room.ID)
	accepts := []func() (chat.Accepted, error){f.startAccept(f.draft("a", 1)), f.startAccept(f.draft("a", 1))}
	f.waitForBlocked(2)
	release()
	first, err := accepts[0]()
	f.noError(err)
	second, err := accepts[1]()
	f.noError(err)
	if first.Replayed == second.Replayed {
		t.Errorf("Replayed of both results = %t, want true for one of them", first.Replayed)
	}
	if first.Reply != second.Reply || first.Prompt != second.Prompt || second.Used != 1 {
		t.Errorf("results = %+v and %+v, want the same message, 1 used", first, second)
	}
	f.wantCount("messages", 2, `SELECT count(*) FROM messages`)
}

// The requests are for different rooms, so no lock on a room serializes them. The
// second insert of the key fails, which must undo everything else.
func TestKeyUsedConcurrentlyInTwoRooms(t *testing.T) {
	f := newFixture(t)
	f.accept(f.draft("", 5))
	other := f.newRoom(f.room.Owner)
	release := f.holdLocks(`SELECT FROM sent WHERE user_id = $1 FOR UPDATE`, f.room.Owner)
	first, second := f.draft("a", 5), f.draft("a", 5)
	second.Room = other.ID
	acceptFirst, acceptSecond := f.startAccept(first), f.startAccept(second)
	f.waitForBlocked(2)
	release()
	_, err1 := acceptFirst()
	_, err2 := acceptSecond()
	if errors.Is(err1, chat.ErrMismatch) == errors.Is(err2, chat.ErrMismatch) || err1 != nil && err2 != nil {
		t.Errorf("errors = %v and %v, want nil and chat.ErrMismatch", err1, err2)
	}
	f.wantCount("messages", 4, `SELECT count(*) FROM messages`)
	f.wantCount("count of messages", 2, `SELECT n FROM sent`)
	f.wantCount("sum of the rooms' revisions", 4, `SELECT sum(rev) FROM rooms`)
}

// A message that is rejected after a wait gets the count that includes the messages before it.
func TestRejectedMessageGetsTheLatestCount(t *testing.T) {
	f := newFixture(t)
	release := f.holdLocks(lockRoom, f.room.ID)
	var accepts []func() (chat.Accepted, error)
	for range 3 {
		accepts = append(accepts, f.startAccept(f.draft("", 2)))
	}
	f.waitForBlocked(3)
	release()
	rejected := 0
	for _, accept := range accepts {
		got, err := accept()
		if errors.Is(err, quota.ErrExhausted) && got.Used == 2 && got.Limit == 2 {
			rejected++
		} else if err != nil {
			t.Errorf("Accept = %+v, %v, want no error or quota.ErrExhausted with 2 of 2 used", got, err)
		}
	}
	if rejected != 1 {
		t.Errorf("%d messages rejected with 2 of 2 used, want 1", rejected)
	}
}

func TestFinishReturnsAReplyAcceptedDuringItsWait(t *testing.T) {
	f := newFixture(t)
	task := f.acceptAndClaim()
	release := f.holdLocks(lockRoom, f.room.ID)
	next := f.draft("", 5)
	accept := f.startAccept(next)
	f.waitForBlocked(1)
	finish := f.startFinish(task, reply.Outcome{Status: chat.Done, Content: "Hoo."})
	f.waitForBlocked(2)
	release()
	_, err := accept()
	f.noError(err)
	finished, err := finish()
	f.noError(err)
	if finished.Rev != 6 || finished.Next != next.Reply {
		t.Errorf("Finish = %+v, want revision 6 and the next reply %s", finished, next.Reply)
	}
}

// Claim skips a room that is locked, and claims its reply later.
func TestClaimSkipsALockedRoom(t *testing.T) {
	f := newFixture(t)
	f.accept(f.draft("", 5))
	locked := f.room
	f.room = f.newRoom(locked.Owner)
	f.accept(f.draft("", 5))
	release := f.holdLocks(lockRoom, locked.ID)
	for _, want := range []chat.Room{f.room, locked} {
		tasks := f.claim(5, 0)
		if len(tasks) != 1 || tasks[0].Room != want.ID {
			t.Fatalf("Claim = %+v, want one reply of room %s", tasks, want.ID)
		}
		release()
	}
}

// The lease has expired, but its renewal is not committed yet. Claim must neither
// claim the reply nor wait for it.
func TestClaimSkipsALeaseThatIsBeingRenewed(t *testing.T) {
	f := newFixture(t)
	f.acceptAndClaim()
	expired := noon.Add(reply.Lease)
	commit, _ := f.transaction(`UPDATE messages SET lease = $1 WHERE status = 'running'`, expired.Add(reply.Lease))
	for range 2 {
		if tasks, err := f.ReplyQueue.Claim(f.Context(), expired, reply.Lease, 1, 0); err != nil || len(tasks) != 0 {
			t.Errorf("Claim = %+v, %v, want none", tasks, err)
		}
		commit()
	}
}

// Finish waits for the room's lock before it locks the message. So it does not block the deletion of the room.
func TestRoomIsDeletedBeforeItsReplyIsFinished(t *testing.T) {
	f := newFixture(t)
	task := f.acceptAndClaim()
	release := f.holdLocks(lockRoom, f.room.ID)
	process := f.elsewhere()
	deletion := start(func() (bool, error) { return true, process.Rooms.Delete(f.Context(), f.room.Owner, f.room.ID) })
	f.waitForBlocked(1)
	finish := f.startFinish(task, reply.Outcome{Status: chat.Failed, RefundLimit: 10})
	f.waitForBlocked(2)
	release()
	_, err := deletion()
	f.noError(err)
	if _, err := finish(); !errors.Is(err, reply.ErrDeleted) {
		t.Errorf("Finish error = %v, want reply.ErrDeleted", err)
	}
}

// The first message of a day inserts a count that refers to the account. Accept holds
// the room's lock then, which the deletion of the account needs.
func TestAccountIsDeletedAfterItsFirstMessage(t *testing.T) {
	f := newFixture(t)
	release := f.holdLocks(`INSERT INTO messages (id, room, status, created, born, rev)
		VALUES (gen_random_uuid(), $1, 'done', now(), 1, 1)`, f.room.ID)
	accept := f.startAccept(f.draft("a", 5))
	f.waitForBlocked(1)
	erase := start(func() (bool, error) { return true, f.Eraser.Erase(f.Context(), f.room.Owner, ports.KeepCounts{}) })
	f.waitForBlocked(2)
	release()
	_, err := accept()
	f.noError(err)
	_, err = erase()
	f.noError(err)
	f.removeDeleted(f.Retention)
	f.wantCount("messages of a deleted account", 0, `SELECT count(*) FROM messages`)
}

func TestErrorsForACancelledReply(t *testing.T) {
	f := newFixture(t)
	task := f.acceptAndClaim()
	f.exec(`UPDATE messages SET status = 'cancelled', lease = NULL WHERE id = $1`, task.Reply)
	err := f.ReplyQueue.Renew(f.Context(), task.Reply, task.Fence, noon, reply.Lease)
	if !errors.Is(err, reply.ErrCancelled) {
		t.Errorf("Renew error = %v, want reply.ErrCancelled", err)
	}
	_, err = f.ReplyQueue.Finish(f.Context(), task.Reply, task.Fence, reply.Outcome{Status: chat.Done}, noon)
	if !errors.Is(err, reply.ErrCancelled) {
		t.Errorf("Finish error = %v, want reply.ErrCancelled", err)
	}
}

// The outcomes of one user wait for the locks on one connection, as all changes of a user do.
func TestOutcomesOfALockedUserDelayNoChangesOfOthers(t *testing.T) {
	f := newFixture(t)
	tasks := f.claimInNewRooms(8)
	freeRoom, free := f.addSender(1)
	release := f.holdLocks(`SELECT FROM turns WHERE owner = $1 FOR UPDATE`, f.room.Owner)
	var outcomes sync.WaitGroup
	for _, task := range tasks {
		outcomes.Go(func() {
			_, err := f.startFinish(task, reply.Outcome{Status: chat.Done, Content: "Hoo."})()
			if err != nil && !errors.Is(err, ports.ErrUnavailable) {
				t.Errorf("Finish = %v, want nil or ports.ErrUnavailable", err)
			}
		})
	}
	f.waitForBlocked(1)
	f.noError(f.Rooms.Delete(t.Context(), free, freeRoom))
	f.waitForBlocked(1)
	release()
	outcomes.Wait()
}
