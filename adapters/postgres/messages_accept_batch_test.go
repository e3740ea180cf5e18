package postgres_test

import (
	"context"
	"testing"
	"time"

	"github.com/kuvaka-tech/parley/adapters/postgres"
	"github.com/kuvaka-tech/parley/core/chat"
	"github.com/kuvaka-tech/parley/core/id"
)

// wantBatch accepts a batch and expects that the messages at these places are accepted.
func (f *fixture) wantBatch(db *postgres.DB, drafts []chat.Draft, want ...bool) []*chat.Accepted {
	f.Helper()
	accepted, err := db.AcceptBatch(f.Context(), drafts)
	f.noError(err)
	for i, a := range accepted {
		if (a != nil) != want[i] {
			f.Errorf("message %d: accepted is %t, want %t", i, a != nil, want[i])
		}
	}
	return accepted
}

// addSender adds the nth other user, with a room and a message.
func (f *fixture) addSender(n int) (room, owner id.ID) {
	f.Helper()
	owner = f.addUser(n)
	room = f.newRoom(owner).ID
	f.accept(f.draftOf(room, owner, 5))
	return room, owner
}

// draftOf returns a message to a room of another user.
func (f *fixture) draftOf(room, owner id.ID, limit int) chat.Draft {
	f.Helper()
	d := f.draft("", limit)
	d.Room, d.User = room, owner
	return d
}

func TestEachMessageOfABatchHasItsOwnResult(t *testing.T) {
	s := newSchema(t)
	db := s.open()
	f := s.fixture(db)
	f.accept(f.draft("used", 5))
	room, owner := f.addSender(1)
	foreign := f.draft("", 5)
	foreign.Room = room
	key, sameKey, overloaded := f.draft("new", 5), f.draft("new", 5), f.draft("", 5)
	overloaded.Overloaded = true
	accepted := f.wantBatch(db, []chat.Draft{
		f.draft("", 5),            // second of 5
		f.draft("used", 5),        // a replay
		foreign,                   // another user's room
		key,                       // third of 5
		sameKey,                   // a replay of the one before
		f.draftOf(room, owner, 5), // second of 5 of another user
		overloaded,                // refused
		f.draft("", 5),            // fourth of 5
		f.draft("", 5),            // fifth of 5
		f.draft("", 5),            // exhausted
		f.draftOf(room, owner, 5), // third of 5 of another user
		f.draftOf(room, owner, 9), // other limits
	}, true, false, false, true, false, true, false, true, true, false, true, false)
	for place, want := range map[int]struct {
		used int
		rev  int64
	}{0: {2, 3}, 3: {3, 5}, 7: {4, 7}, 8: {5, 9}, 5: {2, 3}, 10: {3, 5}} {
		if a := accepted[place]; a.Used != want.used || a.Prompt.Rev != want.rev || a.Limit != 5 {
			t.Errorf("message %d: %d of %d used at revision %d, want %d of 5 at %d",
				place, a.Used, a.Limit, a.Prompt.Rev, want.used, want.rev)
		}
	}
	f.checkTurns(0)
}

func TestFirstMessagesOfUsersShareABatch(t *testing.T) {
	s := newSchema(t)
	db := s.open()
	f := s.fixture(db)
	one, other := f.newRoom(f.addUser(1)), f.newRoom(f.addUser(2))
	drafts := []chat.Draft{
		f.draftOf(one.ID, one.Owner, 5), f.draftOf(other.ID, other.Owner, 5), f.draftOf(one.ID, one.Owner, 5),
	}
	f.wantBatch(db, drafts, true, true, true)
	if n := queryValue[int](f.schema, `SELECT count(*) FROM turns WHERE unfinished > 0`); n != 2 {
		t.Errorf("%d turns have unfinished replies, want one for each user", n)
	}
}

func TestABatchDoesNotWaitForLocks(t *testing.T) {
	s := newSchema(t)
	db := s.open()
	f := s.fixture(db)
	f.accept(f.draft("", 5))
	room, owner := f.addSender(1)
	other := f.newRoom(owner).ID
	release := f.holdLocks(`SELECT FROM turns WHERE owner = $1 FOR NO KEY UPDATE`, string(f.room.Owner))
	f.holdLocks(`SELECT FROM rooms WHERE id = $1 FOR NO KEY UPDATE`, string(room))
	drafts := []chat.Draft{f.draft("", 5), f.draftOf(room, owner, 5), f.draftOf(other, owner, 5)}
	f.wantBatch(db, drafts, false, false, true)
	release()
	f.wantBatch(db, drafts[:2], true, false)
}

func TestALockedUserDelaysNoOther(t *testing.T) {
	s := newSchema(t)
	f := s.fixture(s.open())
	f.accept(f.draft("", 5))
	room, owner := f.addSender(1)
	release := f.holdLocks(`SELECT FROM turns WHERE owner = $1 FOR NO KEY UPDATE`, string(f.room.Owner))
	wait := start(func() (chat.Accepted, error) { return f.Messages.Accept(t.Context(), f.draft("", 5)) })
	f.waitForBlocked(1)
	f.accept(f.draftOf(room, owner, 5)) // while the first one waits
	release()
	a, err := wait()
	f.noError(err)
	if a.Used != 2 {
		t.Errorf("%d messages used, want 2", a.Used)
	}
}

// The pool has 8 connections. The messages of the locked user wait on one of them.
func TestManyMessagesOfALockedUserDelayNoOther(t *testing.T) {
	s := newSchema(t)
	f := s.fixture(s.open())
	f.accept(f.draft("", 50))
	room, owner := f.addSender(1)
	release := f.holdLocks(`SELECT FROM turns WHERE owner = $1 FOR NO KEY UPDATE`, string(f.room.Owner))
	var waits []func() (chat.Accepted, error)
	for range 20 {
		waits = append(waits, start(func() (chat.Accepted, error) {
			return f.Messages.Accept(f.Context(), f.draft("", 50))
		}))
	}
	f.waitForBlocked(1)
	f.accept(f.draftOf(room, owner, 5)) // while the others wait
	release()
	for _, wait := range waits {
		_, err := wait()
		f.noError(err)
	}
	f.wantCount("messages of both users", 23, `SELECT sum(n) FROM sent`)
}

// The previous version of the program locks counts without a turn.
func TestALockedCountDelaysNoOtherForLong(t *testing.T) {
	s := newSchema(t, "lock_timeout=0")
	f := s.fixture(s.open())
	f.accept(f.draft("", 5))
	room, owner := f.addSender(1)
	release := f.holdLocks(`SELECT FROM sent WHERE user_id = $1 FOR UPDATE`, string(f.room.Owner))
	wait := f.startAccept(f.draft("", 5))
	f.waitForBlocked(1)
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
	defer cancel()
	_, err := f.Messages.Accept(ctx, f.draftOf(room, owner, 5)) // while the first one waits
	f.report(err)
	release()
	_, err = wait()
	f.noError(err)
}

func TestARejectedBatchAcceptsEachMessageAlone(t *testing.T) {
	s := newSchema(t)
	db := s.open()
	f := s.fixture(db)
	f.accept(f.draft("", 5))
	bad := f.draft("", 5)
	bad.Text = "\x00" // cannot be stored
	f.wantBatch(db, []chat.Draft{bad, f.draft("", 5)}, false, false)
	f.accept(f.draft("", 5))
	if _, err := f.Messages.Accept(t.Context(), bad); err == nil {
		t.Error("a message with NUL was accepted, want an error")
	}
}

func TestAKeyThatExpiredIsReplacedInABatch(t *testing.T) {
	s := newSchema(t)
	db := s.open()
	f := s.fixture(db)
	f.accept(f.draft("a", 5))
	d := f.draft("a", 5)
	d.Now = noon.Add(chat.IdempotencyKeyTTL)
	f.wantBatch(db, []chat.Draft{d}, true)
	at := queryValue[time.Time](s, `SELECT at FROM keys`)
	if !at.Equal(d.Now) {
		t.Errorf("the key was used at %s, want %s", at, d.Now)
	}
}

// The next transaction of the connection must not take the users of an earlier one as locked.
func TestLockedTurnsEndWithTheTransaction(t *testing.T) {
	s := newSchema(t, "pool_max_conns=1")
	db := s.open()
	f := s.fixture(db)
	bad := f.draft("", 5)
	bad.Text = "\x00"
	for _, d := range []chat.Draft{f.draft("", 5), f.draft("", 5), bad} { // alone, in a batch, rolled back
		if _, err := f.Messages.Accept(t.Context(), d); err != nil && d.Text != bad.Text {
			t.Errorf("Accept error = %v", err)
		}
		locked, err := db.Setting(t.Context(), "parley.locked_turns")
		f.noError(err)
		if locked != "" {
			t.Errorf("after the transaction, the users %q are locked, want none", locked)
		}
	}
}
