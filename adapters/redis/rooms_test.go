package redis

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	goredis "github.com/redis/go-redis/v9"

	"github.com/kuvaka-tech/parley/adapters/memory"
	"github.com/kuvaka-tech/parley/core/chat"
	"github.com/kuvaka-tech/parley/core/id"
	"github.com/kuvaka-tech/parley/core/phone"
	"github.com/kuvaka-tech/parley/core/user"
	"github.com/kuvaka-tech/parley/ports"
	"github.com/kuvaka-tech/parley/ports/portstest"
)

// cachedStores returns memory stores with a cache in front of the room lists.
func cachedStores(cache *RoomListCache) portstest.Stores {
	s := memory.New()
	return portstest.Stores{
		Users:          memory.Users{Store: s},
		Passwords:      memory.Passwords{Store: s},
		Codes:          memory.Codes{Store: s},
		Sessions:       memory.Sessions{Store: s},
		Rooms:          NewRooms(memory.Rooms{Store: s}, cache),
		Messages:       NewMessages(memory.Messages{Store: s}, cache),
		MessageChanges: NewMessageChanges(memory.MessageChanges{Store: s}, cache),
		Conversations:  NewConversations(memory.Conversations{Store: s}, cache),
		Feed:           memory.Feed{Store: s},
		MessageCounts:  memory.MessageCounts{Store: s},
		ReplyQueue:     memory.ReplyQueue{Store: s},
		Workers:        memory.Workers{Store: s},
		Subscriptions:  memory.Subscriptions{Store: s},
		WebhookLedger:  memory.WebhookLedger{Store: s},
		Retention:      memory.Retention{Store: s},
	}
}

func TestRooms(t *testing.T) {
	open := func(t *testing.T) portstest.Stores { return cachedStores(NewRoomListCache(sharedServer(t))) }
	t.Run("Rooms", func(t *testing.T) { portstest.Rooms(t, open) })
	t.Run("Messages", func(t *testing.T) { portstest.Messages(t, open) })
	t.Run("Conversations", func(t *testing.T) { portstest.Conversations(t, open) })
	t.Run("MessageChanges", func(t *testing.T) { portstest.MessageChanges(t, open) })
}

// roomStore is a memory store that counts the lists read from it.
type roomStore struct {
	memory.Rooms
	queries    atomic.Int64
	afterList  func()      // if set, runs after List has read and before it returns
	loseErrors atomic.Bool // Add writes the room, but fails as if the connection broke
}

// List implements ports.Rooms.
func (s *roomStore) List(ctx context.Context, owner id.ID, after *ports.RoomCursor, limit int) ([]chat.Room, error) {
	s.queries.Add(1)
	rooms, err := s.Rooms.List(ctx, owner, after, limit)
	if s.afterList != nil {
		s.afterList()
	}
	return rooms, err
}

// Add implements ports.Rooms.
func (s *roomStore) Add(ctx context.Context, r chat.Room) error {
	if err := s.Rooms.Add(ctx, r); err != nil || !s.loseErrors.Load() {
		return err
	}
	return errors.New("the connection broke")
}

// account is an owner with three rooms, as one process with a cache sees it. A
// room's name is its number.
type account struct {
	*testing.T
	*Rooms
	*Messages
	store *roomStore
	owner id.ID
	added int // the number of rooms added
}

func newAccount(t *testing.T, client goredis.UniversalClient, name string) *account {
	t.Helper()
	m, cache := memory.New(), NewRoomListCache(client, name)
	store := &roomStore{Rooms: memory.Rooms{Store: m}}
	a := &account{
		T:        t,
		Rooms:    NewRooms(store, cache),
		Messages: NewMessages(memory.Messages{Store: m}, cache),
		store:    store,
		owner:    newID(t),
	}
	number, err := phone.Parse("+12025550123")
	if err != nil {
		t.Fatalf("parsing a phone number: %v", err)
	}
	if err := (memory.Users{Store: m}).Add(t.Context(), user.User{ID: a.owner, Number: number}); err != nil {
		t.Fatalf("adding the owner: %v", err)
	}
	for range 3 {
		a.add()
	}
	return a
}

// otherProcess returns the same account as another process sees it.
func (a *account) otherProcess(client goredis.UniversalClient) *account {
	cache, other := NewRoomListCache(client, a.cache().keyPrefix), *a
	other.Rooms, other.Messages = NewRooms(a.store, cache), NewMessages(a.Messages.Messages, cache)
	return &other
}

func (a *account) cache() *RoomListCache { return a.Rooms.cache }

// add adds a room. A later room has a later time, so that it is listed first.
func (a *account) add() chat.Room {
	a.Helper()
	a.added++
	at := time.Date(2026, 3, 1, 12, 0, a.added, 0, time.UTC)
	r := chat.Room{ID: newID(a), Owner: a.owner, Name: fmt.Sprint(a.added), Created: at, Updated: at}
	if err := a.Rooms.Add(a.Context(), r); err != nil && !a.store.loseErrors.Load() {
		a.Fatalf("adding room %d: %v", a.added, err)
	}
	return r
}

// list returns the names on the first page.
func (a *account) list(limit int) (names string) {
	a.Helper()
	rooms, err := a.Rooms.List(a.Context(), a.owner, nil, limit)
	if err != nil {
		a.Fatalf("listing rooms: %v", err)
	}
	for _, r := range rooms {
		names += r.Name + " "
	}
	return names
}

// wantRooms expects names on the first page.
func (a *account) wantRooms(want string) {
	a.Helper()
	if got := a.list(50); got != want {
		a.Errorf("the rooms are %q, want %q", got, want)
	}
}

// wantQueries expects a number of lists read from the store so far.
func (a *account) wantQueries(want int64) {
	a.Helper()
	if got := a.store.queries.Load(); got != want {
		a.Errorf("the store was queried %d times, want %d", got, want)
	}
}
