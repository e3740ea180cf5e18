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

// store is a memory store that counts the lists read from it, and may fail or dawdle.
type store struct {
	memory.Rooms
	queries atomic.Int64
	after   func()      // runs between a list's reading and its return
	unsure  atomic.Bool // writes are done and fail
}

func (s *store) List(ctx context.Context, owner id.ID, after *ports.Place, limit int) ([]chat.Room, error) {
	s.queries.Add(1)
	rooms, err := s.Rooms.List(ctx, owner, after, limit)
	if s.after != nil {
		s.after()
	}
	return rooms, err
}

func (s *store) Add(ctx context.Context, r chat.Room) error {
	if err := s.Rooms.Add(ctx, r); err != nil || !s.unsure.Load() {
		return err
	}
	return errors.New("the connection broke")
}

// bundle is a memory store with cached lists around it.
func bundle(lists *Lists) portstest.Stores {
	s := memory.New()
	return portstest.Stores{
		Users: memory.Users{Store: s}, Passwords: memory.Passwords{Store: s}, Codes: memory.Codes{Store: s}, Sessions: memory.Sessions{Store: s},
		Rooms: NewRooms(memory.Rooms{Store: s}, lists), Messages: NewMessages(memory.Messages{Store: s}, lists), Usage: memory.Usage{Store: s},
		Work: memory.Work{Store: s}, Workers: memory.Workers{Store: s},
		Subscriptions: memory.Subscriptions{Store: s}, Ledger: memory.Ledger{Store: s}, Retention: memory.Retention{Store: s},
	}
}

func TestRooms(t *testing.T) {
	open := func(t *testing.T) portstest.Stores { return bundle(NewLists(server(t))) }
	t.Run("Rooms", func(t *testing.T) { portstest.Rooms(t, open) })
	t.Run("Messages", func(t *testing.T) { portstest.Messages(t, open) })
}

func TestRoomsWithoutRedis(t *testing.T) {
	p := newPrivate(t)
	client := connect(t, p.url())
	p.kill()
	open := func(*testing.T) portstest.Stores { return bundle(NewLists(client, "test")) }
	t.Run("Rooms", func(t *testing.T) { portstest.Rooms(t, open) })
	t.Run("Messages", func(t *testing.T) { portstest.Messages(t, open) })
}

// house is an owner with a few rooms, whose lists one process caches.
type house struct {
	*testing.T
	*Rooms
	*Messages
	store *store
	owner id.ID
	rooms int
}

func newHouse(t *testing.T, client goredis.UniversalClient, name string) *house {
	t.Helper()
	m, lists := memory.New(), NewLists(client, name)
	s := &store{Rooms: memory.Rooms{Store: m}}
	h := &house{t, NewRooms(s, lists), NewMessages(memory.Messages{Store: m}, lists), s, newID(t), 0}
	number, err := phone.Parse("+12025550123")
	if err != nil {
		t.Fatal(err)
	}
	if err := (memory.Users{Store: m}).Add(t.Context(), user.User{ID: h.owner, Number: number}); err != nil {
		t.Fatal(err)
	}
	for range 3 {
		h.add()
	}
	return h
}

// elsewhere is the same house in another process.
func (h *house) elsewhere(client goredis.UniversalClient) *house {
	lists, other := NewLists(client, h.Rooms.lists.name), *h
	other.Rooms, other.Messages = NewRooms(h.store, lists), NewMessages(h.Messages.Messages, lists)
	return &other
}

// add adds a room whose name is its number.
func (h *house) add() chat.Room {
	h.Helper()
	h.rooms++
	at := time.Date(2026, 3, 1, 12, 0, h.rooms, 0, time.UTC)
	r := chat.Room{ID: newID(h), Owner: h.owner, Name: fmt.Sprint(h.rooms), Created: at, Updated: at}
	if err := h.Rooms.Add(h.Context(), r); err != nil && !h.store.unsure.Load() {
		h.Fatal(err)
	}
	return r
}

// names lists the first page.
func (h *house) names(limit int) string {
	h.Helper()
	rooms, err := h.Rooms.List(h.Context(), h.owner, nil, limit)
	if err != nil {
		h.Fatal(err)
	}
	names := ""
	for _, r := range rooms {
		names += r.Name + " "
	}
	return names
}

func (h *house) sees(want string) {
	h.Helper()
	if got := h.names(50); got != want {
		h.Errorf("the rooms are %q, want %q", got, want)
	}
}

func TestListsSaveQueries(t *testing.T) {
	client, name := server(t)
	h := newHouse(t, client, name)
	for range 100 {
		h.sees("3 2 1 ")
	}
	if n := h.store.queries.Load(); n != 1 {
		t.Errorf("100 lists made %d queries, want 1", n)
	}
	other, _ := server(t)
	if h.elsewhere(other).sees("3 2 1 "); h.store.queries.Load() != 1 {
		t.Error("a list in another process made a query")
	}
	for range 10 {
		if h.names(2) != "3 2 " || h.names(50) != "3 2 1 " {
			t.Error("limits are mixed up")
		}
	}
	if n := h.store.queries.Load(); n != 2 {
		t.Errorf("lists of two limits made %d queries, want 2", n)
	}
	stranger := newHouse(t, client, name)
	stranger.add()
	stranger.sees("4 3 2 1 ")
	h.sees("3 2 1 ")
	if ttl := client.PTTL(t.Context(), h.Rooms.lists.key(h.owner)).Val(); ttl <= 0 || ttl > 5*time.Minute {
		t.Errorf("a list lives for %v", ttl)
	}
}

// The second limit's page must not prolong the life of the first's.
func TestListsDieTogether(t *testing.T) {
	client, name := server(t)
	h := newHouse(t, client, name)
	h.names(50)
	key := h.Rooms.lists.key(h.owner)
	client.PExpire(t.Context(), key, time.Minute)
	h.names(2)
	h.names(50)
	if ttl := client.PTTL(t.Context(), key).Val(); ttl > time.Minute {
		t.Errorf("a list lives on for %v", ttl)
	}
}

func TestWritesAreSeenAtOnce(t *testing.T) {
	client, name := server(t)
	other, _ := server(t)
	here := newHouse(t, client, name)
	there := here.elsewhere(other)
	both := func(want string) {
		t.Helper()
		here.sees(want)
		there.sees(want)
		here.sees(want)
	}
	both("3 2 1 ")
	r := here.add()
	both("4 3 2 1 ")
	if _, err := there.Rooms.Rename(t.Context(), r.Owner, r.ID, "four"); err != nil {
		t.Fatal(err)
	}
	both("four 3 2 1 ")
	rooms, err := here.Rooms.List(t.Context(), here.owner, nil, 50)
	if err != nil {
		t.Fatal(err)
	}
	d := chat.Draft{Prompt: newID(t), Reply: newID(t), Room: rooms[2].ID, User: here.owner, Text: "hello", Now: time.Now().UTC(), Basic: chat.Terms{Limit: 5}}
	if _, err := there.Messages.Accept(t.Context(), d); err != nil {
		t.Fatal(err)
	}
	both("2 four 3 1 ")
	if err := here.Rooms.Delete(t.Context(), r.Owner, r.ID); err != nil {
		t.Fatal(err)
	}
	both("2 3 1 ")
}

// A refusal changes nothing, and must not let anyone empty the cache.
func TestRefusalsKeepLists(t *testing.T) {
	client, name := server(t)
	h := newHouse(t, client, name)
	h.sees("3 2 1 ")
	_, err := h.Rooms.Rename(t.Context(), h.owner, newID(t), "none")
	_, sent := h.Messages.Accept(t.Context(), chat.Draft{User: h.owner, Room: newID(t)})
	for _, err := range []error{err, sent, h.Rooms.Delete(t.Context(), h.owner, newID(t))} {
		if !errors.Is(err, chat.ErrNotFound) {
			t.Fatal(err)
		}
	}
	if h.sees("3 2 1 "); h.store.queries.Load() != 1 {
		t.Error("a refused write dropped the lists")
	}
}

// A write whose outcome is not known, or whose caller has left, may have been made.
func TestUnsureWritesDropLists(t *testing.T) {
	client, name := server(t)
	h := newHouse(t, client, name)
	h.sees("3 2 1 ")
	h.store.unsure.Store(true)
	h.add()
	h.sees("4 3 2 1 ")
	h.store.unsure.Store(false)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	h.Rooms.lists.written(ctx, h.owner, nil)
	before := h.store.queries.Load()
	if h.sees("4 3 2 1 "); h.store.queries.Load() == before || h.Rooms.lists.owes(h.owner) {
		t.Error("a caller who left kept the lists")
	}
}

// A reader who read before a write and puts its list in after it.
func TestSlowReaderPutsNothingBack(t *testing.T) {
	client, name := server(t)
	h := newHouse(t, client, name)
	slow := h.elsewhere(client)
	read, resume, done := make(chan struct{}), make(chan struct{}), make(chan string)
	slow.Rooms.Rooms = &store{Rooms: h.store.Rooms, after: func() { close(read); <-resume }}
	go func() { done <- slow.names(50) }()
	<-read
	h.add()
	close(resume)
	if got := <-done; got != "3 2 1 " {
		t.Errorf("the slow reader saw %q", got)
	}
	h.sees("4 3 2 1 ")

	// The same, with a reader in between who has made a new edition.
	read, resume = make(chan struct{}), make(chan struct{})
	h.Rooms.lists.drop(t.Context(), h.owner)
	go func() { done <- slow.names(50) }()
	<-read
	h.add()
	h.sees("5 4 3 2 1 ")
	close(resume)
	<-done
	h.sees("5 4 3 2 1 ")
}

// What was in the cache when Redis took no writes is not served when it does again.
func TestWritesDuringAnOutage(t *testing.T) {
	for name, stop := range map[string]func(p *private) (back func()){
		"frozen": (*private).freeze,
		"a replica": func(p *private) func() {
			p.replicate("127.0.0.1", "1")
			return func() { p.replicate("no", "one") }
		},
	} {
		t.Run(name, func(t *testing.T) { writesDuringAnOutage(t, stop) })
	}
}

func writesDuringAnOutage(t *testing.T, stop func(p *private) (back func())) {
	p := newPrivate(t)
	client := goredis.NewClient(&goredis.Options{Addr: p.addr, ReadTimeout: 100 * time.Millisecond, MaxRetries: -1}) // one that asks at once again
	t.Cleanup(func() { client.Close() })
	h := newHouse(t, client, "test")
	h.sees("3 2 1 ")
	back := stop(p)
	h.add()
	h.sees("4 3 2 1 ")
	back()
	h.sees("4 3 2 1 ")
	eventually(t, "what was owed is settled", func() bool { return !h.Rooms.lists.owes(h.owner) })
	other := h.elsewhere(connect(t, p.url()))
	other.sees("4 3 2 1 ")
	before := h.store.queries.Load()
	for range 10 {
		h.sees("4 3 2 1 ")
	}
	if h.store.queries.Load() != before {
		t.Error("lists are not cached again")
	}
}

func TestJunkInTheCache(t *testing.T) {
	client, name := server(t)
	h := newHouse(t, client, name)
	key := h.Rooms.lists.key(h.owner)
	for _, junk := range []string{"junk", "{}", `[{"id":1}]`, ""} {
		h.sees("3 2 1 ")
		client.HSet(t.Context(), key, "50", junk)
		h.sees("3 2 1 ")
	}
	client.Set(t.Context(), key, "not a hash", time.Minute)
	h.sees("3 2 1 ")
	h.add()
	h.sees("4 3 2 1 ")
}
