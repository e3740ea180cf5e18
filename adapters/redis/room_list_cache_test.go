package redis

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/kuvaka-tech/parley/core/chat"
	"github.com/kuvaka-tech/parley/core/plan"
)

func TestCachedListsSaveQueries(t *testing.T) {
	client, name := sharedServer(t)
	a := newAccount(t, client, name)
	for range 100 {
		a.wantRooms("3 2 1 ")
	}
	a.wantQueries(1)
	otherClient, _ := sharedServer(t)
	a.otherProcess(otherClient).wantRooms("3 2 1 ")
	a.wantQueries(1)
	if ttl := client.PTTL(t.Context(), a.cache().key(a.owner)).Val(); ttl <= 0 || ttl > 5*time.Minute {
		t.Errorf("the TTL of the cached pages is %v, want at most 5 min", ttl)
	}
}

func TestPagesOfDifferentLimitsAreSeparate(t *testing.T) {
	client, name := sharedServer(t)
	a := newAccount(t, client, name)
	for range 10 {
		a.wantRooms("3 2 1 ")
		if got := a.list(2); got != "3 2 " {
			t.Errorf("a page of 2 rooms is %q, want the newest two", got)
		}
	}
	a.wantQueries(2)
}

func TestPagesOfDifferentOwnersAreSeparate(t *testing.T) {
	client, name := sharedServer(t)
	a, other := newAccount(t, client, name), newAccount(t, client, name)
	other.add()
	other.wantRooms("4 3 2 1 ")
	a.wantRooms("3 2 1 ")
	other.wantRooms("4 3 2 1 ")
}

// The page of a second limit must not extend the TTL of the first.
func TestPagesExpireTogether(t *testing.T) {
	client, name := sharedServer(t)
	a := newAccount(t, client, name)
	a.list(50)
	key := a.cache().key(a.owner)
	client.PExpire(t.Context(), key, time.Minute)
	a.list(2)
	a.list(50)
	if ttl := client.PTTL(t.Context(), key).Val(); ttl > time.Minute {
		t.Errorf("the TTL of the cached pages is %v, want the remaining minute", ttl)
	}
}

func TestWritesAreVisibleImmediatelyInAllProcesses(t *testing.T) {
	client, name := sharedServer(t)
	otherClient, _ := sharedServer(t)
	here := newAccount(t, client, name)
	there := here.otherProcess(otherClient)
	want := func(rooms string) {
		t.Helper()
		here.wantRooms(rooms)
		there.wantRooms(rooms)
		here.wantRooms(rooms)
	}
	want("3 2 1 ")
	r := here.add()
	want("4 3 2 1 ")
	if _, err := there.Rooms.Update(t.Context(), r.Owner, r.ID, chat.RoomUpdate{Name: new("four")}); err != nil {
		t.Fatalf("renaming a room: %v", err)
	}
	want("four 3 2 1 ")
	rooms, err := here.Rooms.List(t.Context(), here.owner, nil, 50)
	if err != nil {
		t.Fatalf("listing rooms: %v", err)
	}
	if _, err := there.Messages.Accept(t.Context(), draftIn(t, rooms[2])); err != nil {
		t.Fatalf("accepting a message: %v", err)
	}
	want("2 four 3 1 ")
	if err := here.Rooms.Delete(t.Context(), r.Owner, r.ID); err != nil {
		t.Fatalf("deleting a room: %v", err)
	}
	want("2 3 1 ")
}

// newAsk returns a request of the owner of a room.
func newAsk(r chat.Room) chat.Ask {
	return chat.Ask{
		Room:  r.ID,
		User:  r.Owner,
		Now:   time.Now().UTC(),
		Basic: plan.Terms{Limit: 5},
	}
}

// draftIn returns a message by the owner of a room.
func draftIn(t *testing.T, r chat.Room) chat.Draft {
	return chat.Draft{
		Ask:    newAsk(r),
		Prompt: newID(t),
		Reply:  newID(t),
		Text:   "hello",
	}
}

// A refused write changes nothing, so it must not give anyone a way to empty the cache.
func TestRefusedWritesKeepPages(t *testing.T) {
	client, name := sharedServer(t)
	a := newAccount(t, client, name)
	a.wantRooms("3 2 1 ")
	_, errUpdate := a.Rooms.Update(t.Context(), a.owner, newID(t), chat.RoomUpdate{Name: new("none")})
	_, errAccept := a.Messages.Accept(t.Context(), chat.Draft{Ask: chat.Ask{User: a.owner, Room: newID(t)}})
	errDelete := a.Rooms.Delete(t.Context(), a.owner, newID(t))
	for _, err := range []error{errUpdate, errAccept, errDelete} {
		if !errors.Is(err, chat.ErrNotFound) {
			t.Fatalf("a write to an unknown room returned %v, want chat.ErrNotFound", err)
		}
	}
	a.wantRooms("3 2 1 ")
	a.wantQueries(1)
}

// A write that failed with an internal error may have been committed.
func TestWriteOfUnknownResultInvalidatesPages(t *testing.T) {
	client, name := sharedServer(t)
	a := newAccount(t, client, name)
	a.wantRooms("3 2 1 ")
	a.store.loseErrors.Store(true)
	a.add()
	a.wantRooms("4 3 2 1 ")
}

func TestCancelledCallerInvalidatesPages(t *testing.T) {
	client, name := sharedServer(t)
	a := newAccount(t, client, name)
	a.wantRooms("3 2 1 ")
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	a.cache().afterWrite(ctx, a.owner, nil)
	if a.cache().isDirty(a.owner) {
		t.Error("the pages could not be deleted under a cancelled context")
	}
	a.wantRooms("3 2 1 ")
	a.wantQueries(2)
}

func TestSlowReaderCannotCacheAnOldPage(t *testing.T) {
	client, name := sharedServer(t)
	a := newAccount(t, client, name)
	read := newSlowReader(a.otherProcess(client))
	a.add()
	if got := read.finish(); got != "3 2 1 " {
		t.Errorf("the slow reader received %q, want the rooms before the write", got)
	}
	a.wantRooms("4 3 2 1 ")

	// The same, but another reader starts a new generation before the slow reader stores its page.
	a.cache().invalidate(t.Context(), a.owner)
	read = newSlowReader(a.otherProcess(client))
	a.add()
	a.wantRooms("5 4 3 2 1 ")
	read.finish()
	a.wantRooms("5 4 3 2 1 ")
}

// slowReader has read a page from the store and has not cached it yet.
type slowReader struct {
	resume chan struct{}
	names  chan string
}

func newSlowReader(a *account) slowReader {
	r := slowReader{resume: make(chan struct{}), names: make(chan string)}
	read := make(chan struct{})
	a.Rooms.Rooms = &roomStore{Rooms: a.store.Rooms, afterList: func() { close(read); <-r.resume }}
	go func() { r.names <- a.list(50) }()
	<-read
	return r
}

// finish lets the reader cache its page, and returns the page.
func (r slowReader) finish() string {
	close(r.resume)
	return <-r.names
}

func TestInvalidCacheEntriesAreIgnored(t *testing.T) {
	client, name := sharedServer(t)
	a := newAccount(t, client, name)
	key := a.cache().key(a.owner)
	for _, entry := range []string{"junk", "{}", `[{"id":1}]`, ""} {
		a.wantRooms("3 2 1 ")
		client.HSet(t.Context(), key, pageField(50), entry)
		a.wantRooms("3 2 1 ")
	}
	client.Set(t.Context(), key, "not a hash", time.Minute)
	a.wantRooms("3 2 1 ")
	a.add()
	a.wantRooms("4 3 2 1 ")
}
