package postgres_test

import (
	"errors"
	"testing"

	"github.com/kuvaka-tech/parley/core/chat"
	"github.com/kuvaka-tech/parley/core/quota"
	"github.com/kuvaka-tech/parley/ports"
)

const lockRoom = `SELECT FROM rooms WHERE id = $1 FOR UPDATE`

func TestAcceptWaitsForItsKeyNoLongerThanAllowed(t *testing.T) {
	a := newSchema(t, "lock_timeout=200ms").talk()
	release := a.hold(lockRoom, a.room.ID)
	keyed, bare := a.draft("a", 5), a.draft("", 5)
	if _, err := a.Messages.Accept(a.Context(), keyed); !errors.Is(err, chat.ErrInFlight) {
		t.Errorf("under a key: %v", err)
	}
	if _, err := a.Messages.Accept(a.Context(), bare); err == nil || errors.Is(err, chat.ErrInFlight) {
		t.Errorf("without a key: %v", err)
	}
	release()
	a.accept(keyed)
	if n := one[int](a.schema, `SELECT n FROM sent`); n != 1 {
		t.Errorf("%d counted, want 1", n)
	}
}

// As an account's deletion does; otherwise the two could wait for each other.
func TestAcceptLocksTheUserBeforeTheRoom(t *testing.T) {
	a := newSchema(t).talk()
	d := a.draft("", 5)
	release := a.hold(`SELECT FROM users WHERE id = $1 FOR UPDATE`, d.User)
	accepted := begin(func() (chat.Accepted, error) { return a.Messages.Accept(a.Context(), d) })
	a.blocked(1)
	a.exec(`SELECT FROM rooms WHERE id = '` + string(a.room.ID) + `' FOR UPDATE NOWAIT`)
	release()
	_, err := accepted()
	a.ok(err)
}

// Two who use one key for the last unit at once both began before either was accepted.
func TestReplayWinsOverAQuotaThatTheFirstUseExhausted(t *testing.T) {
	a := newSchema(t).talk()
	release := a.hold(lockRoom, a.room.ID)
	var waits []func() (chat.Accepted, error)
	for range 2 {
		d := a.draft("a", 1)
		waits = append(waits, begin(func() (chat.Accepted, error) { return a.Messages.Accept(a.Context(), d) }))
	}
	a.blocked(2)
	release()
	first, err := waits[0]()
	a.ok(err)
	second, err := waits[1]()
	a.ok(err)
	if first.Replayed == second.Replayed || first.Reply != second.Reply || first.Prompt != second.Prompt || second.Used != 1 {
		t.Errorf("answered %+v and %+v", first, second)
	}
	if n := one[int](a.schema, `SELECT count(*) FROM messages`); n != 2 {
		t.Errorf("%d messages, want 2", n)
	}
}

// In two rooms the second use is not held up by the room, and comes to the key
// itself: all that it did before is taken back.
func TestKeyUsedAtOnceInTwoRoomsIsAMismatchForOne(t *testing.T) {
	a := newSchema(t).talk()
	a.accept(a.draft("", 5))
	other := a.newRoom(a.room.Owner)
	release := a.hold(`SELECT FROM sent WHERE user_id = $1 FOR UPDATE`, a.room.Owner)
	first, second := a.draft("a", 5), a.draft("a", 5)
	second.Room = other.ID
	inRoom := begin(func() (chat.Accepted, error) { return a.Messages.Accept(a.Context(), first) })
	inOther := begin(func() (chat.Accepted, error) { return a.Messages.Accept(a.Context(), second) })
	a.blocked(2)
	release()
	_, err1 := inRoom()
	_, err2 := inOther()
	if errors.Is(err1, chat.ErrMismatch) == errors.Is(err2, chat.ErrMismatch) || err1 != nil && err2 != nil {
		t.Errorf("answered %v and %v, want one accepted and one mismatch", err1, err2)
	}
	if n := one[int](a.schema, `SELECT count(*) FROM messages`); n != 4 {
		t.Errorf("%d messages, want 4", n)
	}
	if n := one[int](a.schema, `SELECT n FROM sent`); n != 2 {
		t.Errorf("%d counted, want 2", n)
	}
	if n := one[int](a.schema, `SELECT sum(rev) FROM rooms`); n != 4 {
		t.Errorf("the rooms' revisions come to %d, want 4", n)
	}
}

// A message refused while it waited for others is told the count that they left.
func TestRefusedAfterAWaitTellsTheCountAsItIs(t *testing.T) {
	a := newSchema(t).talk()
	release := a.hold(lockRoom, a.room.ID)
	var waits []func() (chat.Accepted, error)
	for range 3 {
		d := a.draft("", 2)
		waits = append(waits, begin(func() (chat.Accepted, error) { return a.Messages.Accept(a.Context(), d) }))
	}
	a.blocked(3)
	release()
	refused := 0
	for _, wait := range waits {
		if got, err := wait(); errors.Is(err, quota.ErrExhausted) && got.Used == 2 && got.Limit == 2 {
			refused++
		} else if err != nil {
			t.Errorf("%+v, %v", got, err)
		}
	}
	if refused != 1 {
		t.Errorf("%d refused with 2 of 2 used, want 1", refused)
	}
}

func TestFinishTellsTheReplyThatCameWhileItWaited(t *testing.T) {
	a := newSchema(t).talk()
	a.accept(a.draft("", 5))
	tasks, err := a.Work.Claim(a.Context(), noon, chat.Lease, 1, 0)
	a.ok(err)
	release := a.hold(lockRoom, a.room.ID)
	next := a.draft("", 5)
	accepted := begin(func() (chat.Accepted, error) { return a.Messages.Accept(a.Context(), next) })
	a.blocked(1)
	finished := begin(func() (ports.Finished, error) {
		return a.Work.Finish(a.Context(), tasks[0].Reply, tasks[0].Fence, chat.Outcome{Status: chat.Done, Content: "Hoo."}, noon)
	})
	a.blocked(2)
	release()
	_, err = accepted()
	a.ok(err)
	done, err := finished()
	a.ok(err)
	if done.Rev != 6 || done.Next != next.Reply {
		t.Errorf("finished at %+v, want revision 6 and %s", done, next.Reply)
	}
}

// A room whose lock is held is left for later, and holds up no other.
func TestClaimPassesOverARoomThatIsHeld(t *testing.T) {
	a := newSchema(t).talk()
	a.accept(a.draft("", 5))
	held := a.room
	a.room = a.newRoom(held.Owner)
	a.accept(a.draft("", 5))
	release := a.hold(lockRoom, held.ID)
	for _, want := range []chat.Room{a.room, held} {
		tasks, err := a.Work.Claim(a.Context(), noon, chat.Lease, 5, 0)
		a.ok(err)
		if len(tasks) != 1 || tasks[0].Room != want.ID {
			t.Fatalf("claimed %+v, want one of room %s", tasks, want.ID)
		}
		release()
	}
}

// A lease that is being renewed has run out for all who look, but is not to be
// had, and nobody waits for it.
func TestClaimPassesOverALeaseThatIsBeingRenewed(t *testing.T) {
	a := newSchema(t).talk()
	a.accept(a.draft("", 5))
	_, err := a.Work.Claim(a.Context(), noon, chat.Lease, 1, 0)
	a.ok(err)
	late := noon.Add(chat.Lease)
	commit, _ := a.change(`UPDATE messages SET lease = $1 WHERE status = 'running'`, late.Add(chat.Lease))
	for range 2 {
		if tasks, err := a.Work.Claim(a.Context(), late, chat.Lease, 1, 0); err != nil || len(tasks) != 0 {
			t.Errorf("claimed %+v (%v), want nothing", tasks, err)
		}
		commit()
	}
}

// Whoever ends a reply waits for its room, and holds nothing of it meanwhile that a deletion would wait for.
func TestRoomIsDeletedBeforeItsReplyEnds(t *testing.T) {
	a := newSchema(t).talk()
	a.accept(a.draft("", 5))
	tasks, err := a.Work.Claim(a.Context(), noon, chat.Lease, 1, 0)
	a.ok(err)
	release := a.hold(lockRoom, a.room.ID)
	deleted := begin(func() (bool, error) { return true, a.Rooms.Delete(a.Context(), a.room.Owner, a.room.ID) })
	a.blocked(1)
	finished := begin(func() (ports.Finished, error) {
		return a.Work.Finish(a.Context(), tasks[0].Reply, tasks[0].Fence, chat.Outcome{Status: chat.Failed, Refund: true}, noon)
	})
	a.blocked(2)
	release()
	_, err = deleted()
	a.ok(err)
	if _, err := finished(); !errors.Is(err, chat.ErrGone) {
		t.Errorf("Finish: %v, want that the reply is gone", err)
	}
}

// The day's first message comes to the account in the end, whose deletion comes to the room.
func TestAccountIsDeletedAfterItsFirstMessage(t *testing.T) {
	a := newSchema(t).talk()
	release := a.hold(`INSERT INTO messages (id, room, status, created, born, rev) VALUES (gen_random_uuid(), $1, 'done', now(), 1, 1)`, a.room.ID)
	d := a.draft("a", 5)
	accepted := begin(func() (chat.Accepted, error) { return a.Messages.Accept(a.Context(), d) })
	a.blocked(1)
	erased := begin(func() (bool, error) { return true, a.Eraser.Erase(a.Context(), a.room.Owner) })
	a.blocked(2)
	release()
	_, err := accepted()
	a.ok(err)
	_, err = erased()
	a.ok(err)
	if n := one[int](a.schema, `SELECT count(*) FROM messages`); n != 0 {
		t.Errorf("%d messages left of a deleted account", n)
	}
}

func TestCancelledReplyIsToldFromALostOne(t *testing.T) {
	a := newSchema(t).talk()
	a.accept(a.draft("", 5))
	tasks, err := a.Work.Claim(a.Context(), noon, chat.Lease, 1, 0)
	a.ok(err)
	a.exec(`UPDATE messages SET status = 'cancelled', lease = NULL WHERE id = $1`, tasks[0].Reply)
	if err := a.Work.Renew(a.Context(), tasks[0].Reply, tasks[0].Fence, noon, chat.Lease); !errors.Is(err, chat.ErrCancelled) {
		t.Errorf("Renew: %v", err)
	}
	if _, err := a.Work.Finish(a.Context(), tasks[0].Reply, tasks[0].Fence, chat.Outcome{Status: chat.Done}, noon); !errors.Is(err, chat.ErrCancelled) {
		t.Errorf("Finish: %v", err)
	}
}
