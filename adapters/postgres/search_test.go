package postgres_test

import (
	"errors"
	"testing"
	"time"

	"github.com/kuvaka-tech/parley/core/chat"
	"github.com/kuvaka-tech/parley/core/text"
)

// While all searches wait for a lock on the messages, other statements find free connections.
func TestSlowSearchesEndAndLeaveConnectionsFree(t *testing.T) {
	f := newFixture(t)
	f.accept(f.draft("", 5))
	q, err := text.NewQuery("hoo")
	f.noError(err)
	query := chat.SearchQuery{Owner: f.room.Owner, Text: q, Limit: 5}
	find := func() (chat.SearchPage, error) { return f.Search.Find(f.Context(), query) }
	release := f.holdLocks(`LOCK TABLE messages`)
	began := time.Now()
	var searches []func() (chat.SearchPage, error)
	for range 20 {
		searches = append(searches, start(find))
	}
	f.waitForBlocked(4)
	_, err = f.Rooms.Get(f.Context(), f.room.Owner, f.room.ID)
	f.noError(err)
	for _, wait := range searches {
		if found, err := wait(); !errors.Is(err, chat.ErrSearchTimeout) {
			t.Errorf("a search that waits for a lock: found %v, error %v, want ErrSearchTimeout", found, err)
		}
	}
	if took := time.Since(began); took < 2*time.Second || took > 8*time.Second {
		t.Errorf("the searches took %s, want 2 s and at most 2 s of waiting for others", took)
	}
	release()
	found, err := find()
	f.noError(err)
	if len(found.Messages) != 1 {
		t.Errorf("a search after the release of the lock finds %v, want the message", found)
	}
}
