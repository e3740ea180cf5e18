package postgres_test

import (
	"context"
	"testing"
	"time"

	"github.com/kuvaka-tech/parley/core/chat"
)

// Other tests run transactions on the same server, and any of them makes changes come
// again. So these tests check what Changes must return at least, and wait until it returns nothing.

// feedPosition returns the current position.
func (f *fixture) feedPosition() chat.FeedPosition {
	f.Helper()
	feed, err := f.Feed.Read(f.Context(), f.room.Owner)
	f.noError(err)
	return feed.At
}

// roomChange returns the change of the fixture's room since a position.
func (f *fixture) roomChange(since chat.FeedPosition) chat.RoomChange {
	f.Helper()
	changes, err := f.Feed.Changes(f.Context(), f.room.Owner, since)
	f.noError(err)
	for _, change := range changes.Rooms {
		if change.ID == f.room.ID {
			return change
		}
	}
	f.Fatalf("changes since %+v = %+v, want room %s", since, changes, f.room.ID)
	return chat.RoomChange{}
}

// quietPosition returns a position since which nothing has changed.
func (f *fixture) quietPosition() chat.FeedPosition {
	f.Helper()
	ctx, cancel := context.WithTimeout(f.Context(), 30*time.Second)
	defer cancel()
	for {
		at := f.feedPosition()
		changes, err := f.Feed.Changes(ctx, f.room.Owner, at)
		f.noError(err)
		if len(changes.Rooms) == 0 && len(changes.Deleted) == 0 {
			return at
		}
	}
}

// The transaction starts before the position and commits after it. A sequence or a clock
// would have put its change before the position.
func TestFeedHasAChangeThatIsCommittedLate(t *testing.T) {
	f := newFixture(t)
	f.accept(f.draft("", 5))
	f.quietPosition()
	commit, _ := f.transaction(`
		WITH changed AS (UPDATE messages SET rev = 3 WHERE room = $1 AND rev = 2)
		UPDATE rooms SET rev = 3 WHERE id = $1`, f.room.ID)
	f.newRoom(f.room.Owner) // under a higher transaction id
	since := f.feedPosition()
	commit()
	if change := f.roomChange(since); change.Rev != 3 || change.FromRev != 1 {
		t.Errorf("change = %+v, want revision 3 from revision 1", change)
	}
}

func TestFeedRepeatsChangesWhileATransactionRuns(t *testing.T) {
	f := newFixture(t)
	f.quietPosition()
	release := f.holdLocks(`SELECT pg_current_xact_id()`)
	f.accept(f.draft("", 5))
	for range 3 {
		if change := f.roomChange(f.feedPosition()); change.FromRev != 0 {
			t.Errorf("change = %+v, want it from revision 0", change)
		}
	}
	release()
	f.quietPosition()
}

// A follower gets only the messages after the last one that it knows.
func TestFeedKnowsWhatTheFollowerHas(t *testing.T) {
	f := newFixture(t)
	f.accept(f.draft("", 5))
	f.accept(f.draft("", 5))
	since := f.quietPosition()
	_, err := f.Rooms.Update(t.Context(), f.room.Owner, f.room.ID, chat.RoomUpdate{Name: new("Bats")})
	f.noError(err)
	if change := f.roomChange(since); change.Name != "Bats" || change.FromRev != 4 {
		t.Errorf("change after Update = %+v, want the new name and nothing after revision 4", change)
	}
	f.accept(f.draft("", 5))
	if change := f.roomChange(since); change.Rev != 6 || change.FromRev != 4 {
		t.Errorf("change after Accept = %+v, want revision 6 from revision 4", change)
	}
}

// VACUUM freezes the rows of ended transactions, so that their ids can be used again. The
// feed must still recognize these rows.
func TestFeedRecognizesFrozenRows(t *testing.T) {
	f := newFixture(t)
	since := f.quietPosition()
	f.accept(f.draft("", 5))
	f.freeze()
	if change := f.roomChange(since); change.Rev != 2 || change.FromRev != 0 {
		t.Errorf("change before VACUUM = %+v, want revision 2 from revision 0", change)
	}
	f.quietPosition()
}

// freeze repeats VACUUM until all rows are frozen, because it skips rows that an open
// transaction of the server may still have to compare with its snapshot.
func (f *fixture) freeze() {
	f.Helper()
	for end := time.Now().Add(20 * time.Second); time.Now().Before(end); {
		f.exec(`VACUUM (FREEZE, DISABLE_PAGE_SKIPPING) rooms, messages`)
		if queryValue[bool](f.schema, `SELECT bool_and(age(relfrozenxid) < age(written)) FROM pg_class JOIN (
				SELECT 'rooms'::regclass AS oid, xmin AS written FROM rooms
				UNION ALL SELECT 'messages'::regclass, xmin FROM messages
			) rows ON rows.oid = pg_class.oid`) {
			return
		}
	}
	f.Fatal("VACUUM has not frozen all rows, want it to freeze them within 20 s")
}
