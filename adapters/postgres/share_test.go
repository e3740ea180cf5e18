package postgres_test

import (
	"errors"
	"sync"
	"testing"

	"github.com/kuvaka-tech/parley/core/chat"
	"github.com/kuvaka-tech/parley/core/id"
	"github.com/kuvaka-tech/parley/ports"
)

// readMany reads the messages of a room with n concurrent calls, which is more than the pool has
// connections. wait returns their errors.
func (f *fixture) readMany(n int) (wait func() []error) {
	errs := make([]error, n)
	var reads sync.WaitGroup
	for i := range n {
		reads.Go(func() {
			_, errs[i] = f.Messages.Page(f.Context(), chat.Query{Owner: f.room.Owner, Room: f.room.ID, Limit: 1})
		})
	}
	return func() []error {
		reads.Wait()
		return errs
	}
}

// A migration may lock the table, or wait for such a lock behind a backup.
func TestALockedTableDelaysOnlyItsOwnStatements(t *testing.T) {
	schema := newSchema(t, "lock_timeout=30s")
	db := schema.open()
	f := schema.fixture(db)
	release := f.holdLocks(`LOCK TABLE messages`)
	wait := f.readMany(40)
	f.waitForBlocked(4) // half of the 8 connections
	_, userErr := f.Users.Get(t.Context(), f.room.Owner)
	_, listErr := f.Rooms.List(t.Context(), f.room.Owner, nil, 5)
	_, roomErr := f.Rooms.Get(t.Context(), f.room.Owner, f.room.ID)
	_, sessionErr := f.Sessions.List(t.Context(), f.newID(), noon)
	for _, err := range []error{db.Ping(t.Context()), userErr, listErr, roomErr, sessionErr} {
		if err != nil {
			t.Errorf("error while the messages are locked = %v, want none", err)
		}
	}
	f.waitForBlocked(4)
	release()
	for _, err := range wait() {
		if err != nil && !errors.Is(err, ports.ErrUnavailable) {
			t.Errorf("Page = %v, want nil or ports.ErrUnavailable", err)
		}
	}
}

func TestStatementsOnALockedTableFailInTime(t *testing.T) {
	f := newFixture(t, "lock_timeout=300ms")
	f.holdLocks(`LOCK TABLE messages`)
	for _, err := range f.readMany(40)() {
		if !errors.Is(err, ports.ErrUnavailable) {
			t.Errorf("Page = %v, want ports.ErrUnavailable", err)
		}
	}
}

// The changes of a user wait for locks on one connection, and those of all users on a quarter of
// the connections.
func TestLockedUsersDelayNoOther(t *testing.T) {
	f := newFixture(t)
	secondRoom, second := f.addSender(1)
	thirdRoom, third := f.addSender(2)
	freeRoom, free := f.addSender(3)
	locked, rooms := []id.ID{f.room.Owner, second, third}, []id.ID{f.room.ID, secondRoom, thirdRoom}
	release := f.holdLocks(`SELECT FROM users WHERE id::text = ANY ($1) FOR UPDATE`, locked)
	var changes sync.WaitGroup
	for i := range 30 {
		changes.Go(func() {
			err := f.Rooms.Delete(f.Context(), locked[i%3], rooms[i%3])
			if err != nil && !errors.Is(err, chat.ErrNotFound) && !errors.Is(err, ports.ErrUnavailable) {
				t.Errorf("Delete = %v, want nil, chat.ErrNotFound or ports.ErrUnavailable", err)
			}
		})
	}
	f.waitForBlocked(2) // a quarter of the 8 connections
	f.accept(f.draftOf(freeRoom, free, 5))
	f.waitForBlocked(2)
	release()
	changes.Wait()
}

// Erasures change messages and rooms, so they wait on the connections for messages.
func TestErasuresOfLockedMessagesDelayNoLogins(t *testing.T) {
	f := newFixture(t)
	var owners []id.ID
	for i := range 12 {
		_, owner := f.addSender(i + 1)
		owners = append(owners, owner)
	}
	release := f.holdLocks(`LOCK TABLE messages`)
	var erasures sync.WaitGroup
	for _, owner := range owners {
		erasures.Go(func() {
			err := f.Eraser.Erase(f.Context(), owner, ports.KeepCounts{})
			if err != nil && !errors.Is(err, ports.ErrUnavailable) {
				t.Errorf("Erase = %v, want nil or ports.ErrUnavailable", err)
			}
		})
	}
	f.waitForBlocked(4) // half of the 8 connections
	if _, err := f.Users.Get(t.Context(), f.room.Owner); err != nil {
		t.Errorf("error of reading a user while the messages are locked = %v, want none", err)
	}
	f.waitForBlocked(4)
	release()
	erasures.Wait()
}
