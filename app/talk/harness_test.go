package talk_test

import (
	"context"
	"errors"
	"io"
	"iter"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/kuvaka-tech/parley/adapters/memory"
	"github.com/kuvaka-tech/parley/app/talk"
	"github.com/kuvaka-tech/parley/core/chat"
	"github.com/kuvaka-tech/parley/core/id"
	"github.com/kuvaka-tech/parley/core/phone"
	"github.com/kuvaka-tech/parley/core/plan"
	"github.com/kuvaka-tech/parley/core/quota"
	"github.com/kuvaka-tech/parley/core/user"
	"github.com/kuvaka-tech/parley/ports"
)

// errInjected is the error of calls that a test makes fail.
var errInjected = errors.New("injected")

// ada is the user of all tests.
const ada id.ID = "01890a5d-ac96-774b-bcce-b302099a8057"

// unknownID is well-formed, but no room or message has it.
const unknownID = "01890a5d-ac96-774b-bcce-b302099a8058"

// clock is the system clock, which testing/synctest can fake.
type clock struct{}

func (clock) Now() time.Time { return time.Now().UTC().Truncate(time.Microsecond) }

// noWakeups wakes no worker.
type noWakeups struct{ ports.Wakeups }

func (noWakeups) Wake(context.Context, id.ID) error { return nil }

// harness is a Service over memory adapters, with one user. It can make a call of
// ports.Rooms or ports.Messages fail.
type harness struct {
	*talk.Service
	store  *memory.Store
	live   *memory.Live
	mu     sync.Mutex   // guards failAt
	broken bool         // whether the live log is unavailable
	silent bool         // whether the live log does not answer followers of outcomes
	gets   atomic.Int32 // calls of ports.Messages.Get
	failAt int          // which call fails, counted from now: 1 is the next one, 0 is none
}

func newHarness(t *testing.T, random io.Reader) *harness {
	t.Helper()
	h := &harness{store: memory.New()}
	config := h.config(t, random)
	config.Rooms = failingRooms{config.Rooms, h}
	config.Messages = failingMessages{config.Messages, h}
	config.MessageChanges = failingChanges{config.MessageChanges, h}
	config.Feed = failingFeed{config.Feed, h}
	config.Search = failingSearch{config.Search, h}
	config.Limiter = failingLimiter{config.Limiter, h}
	config.LiveReader = breakableLive{h.live, h}
	h.Service = talk.New(config)
	return h
}

// config returns a configuration without injected errors and adds the user. The
// Basic plan has no limit.
func (h *harness) config(t *testing.T, random io.Reader) talk.Config {
	t.Helper()
	number, err := phone.Parse("+15550001000")
	if err != nil {
		t.Fatalf("parsing the test number: %v", err)
	}
	u := user.User{ID: ada, Number: number, Proven: clock{}.Now()}
	if _, err := (memory.Users{Store: h.store}).AddProven(t.Context(), u); err != nil {
		t.Fatalf("adding the user: %v", err)
	}
	h.live = memory.NewLive()
	return talk.Config{
		Rooms:          memory.Rooms{Store: h.store},
		Messages:       memory.Messages{Store: h.store},
		MessageChanges: memory.MessageChanges{Store: h.store},
		Feed:           memory.Feed{Store: h.store},
		Search:         memory.Search{Store: h.store},
		Live:           h.live,
		LiveReader:     h.live,
		Wakeups:        noWakeups{},
		Budget:         talk.NewTokenBudgetMonitor(memory.TokenSpend{Store: h.store}, 0, nil),
		Load:           talk.NewLoadMonitor(memory.ReplyQueue{Store: h.store}, memory.Workers{Store: h.store}, nil),
		Limiter:        memory.NewLimiter(),
		Clock:          clock{},
		Random:         random,
		Plans:          plan.Plans{Basic: plan.Plan{Terms: plan.Terms{Limit: quota.Unlimited}}},
	}
}

// ask sends a message to a new room.
func (h *harness) ask(t *testing.T) (room, reply string) {
	t.Helper()
	r, err := h.Create(t.Context(), ada, chat.RoomUpdate{Name: new("r")})
	if err != nil {
		t.Fatalf("creating a room: %v", err)
	}
	sent, err := h.send(t.Context(), string(r.ID))
	if err != nil {
		t.Fatalf("sending a message: %v", err)
	}
	return string(r.ID), string(sent.Reply)
}

// send sends "hello" without an idempotency key.
func (h *harness) send(ctx context.Context, room string) (talk.SendResult, error) {
	return h.Send(ctx, talk.SendRequest{Request: talk.Request{User: ada, Room: room}, Text: "hello"})
}

// rename changes the name of a room.
func (h *harness) rename(ctx context.Context, room, name string) error {
	_, err := h.UpdateRoom(ctx, ada, room, chat.RoomUpdate{Name: &name})
	return err
}

// countCall returns errInjected when this is the call that must fail.
func (h *harness) countCall() error {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.failAt--
	if h.failAt == 0 {
		return errInjected
	}
	return nil
}

// failingRooms is a ports.Rooms with injected errors. Writes fail before they have an effect.
type failingRooms struct {
	ports.Rooms
	h *harness
}

func (r failingRooms) Add(ctx context.Context, room chat.Room) error {
	if err := r.h.countCall(); err != nil {
		return err
	}
	return r.Rooms.Add(ctx, room)
}

func (r failingRooms) Get(ctx context.Context, owner, room id.ID) (chat.Room, error) {
	if err := r.h.countCall(); err != nil {
		return chat.Room{}, err
	}
	return r.Rooms.Get(ctx, owner, room)
}

func (r failingRooms) List(
	ctx context.Context, owner id.ID, after *ports.RoomCursor, limit int,
) (chat.RoomPage, error) {
	if err := r.h.countCall(); err != nil {
		return chat.RoomPage{}, err
	}
	return r.Rooms.List(ctx, owner, after, limit)
}

func (r failingRooms) Update(ctx context.Context, owner, room id.ID, u chat.RoomUpdate) (chat.Room, error) {
	if err := r.h.countCall(); err != nil {
		return chat.Room{}, err
	}
	return r.Rooms.Update(ctx, owner, room, u)
}

func (r failingRooms) Delete(ctx context.Context, owner, room id.ID) error {
	if err := r.h.countCall(); err != nil {
		return err
	}
	return r.Rooms.Delete(ctx, owner, room)
}

// failingMessages is a ports.Messages with injected errors.
type failingMessages struct {
	ports.Messages
	h *harness
}

func (m failingMessages) Accept(ctx context.Context, d chat.Draft) (chat.Accepted, error) {
	if err := m.h.countCall(); err != nil {
		return chat.Accepted{}, err
	}
	return m.Messages.Accept(ctx, d)
}

func (m failingMessages) Get(ctx context.Context, owner, room, message id.ID) (chat.Message, error) {
	m.h.gets.Add(1)
	if err := m.h.countCall(); err != nil {
		return chat.Message{}, err
	}
	return m.Messages.Get(ctx, owner, room, message)
}

func (m failingMessages) Page(ctx context.Context, q chat.Query) (chat.Page, error) {
	if err := m.h.countCall(); err != nil {
		return chat.Page{}, err
	}
	return m.Messages.Page(ctx, q)
}

// failingChanges is a ports.MessageChanges with injected errors.
type failingChanges struct {
	ports.MessageChanges
	h *harness
}

func (c failingChanges) Edit(ctx context.Context, e chat.Edit) (chat.Accepted, error) {
	if err := c.h.countCall(); err != nil {
		return chat.Accepted{}, err
	}
	return c.MessageChanges.Edit(ctx, e)
}

func (c failingChanges) Retry(ctx context.Context, r chat.Retry) (chat.Retried, error) {
	if err := c.h.countCall(); err != nil {
		return chat.Retried{}, err
	}
	return c.MessageChanges.Retry(ctx, r)
}

func (c failingChanges) Versions(ctx context.Context, q chat.VersionQuery) (chat.VersionPage, error) {
	if err := c.h.countCall(); err != nil {
		return chat.VersionPage{}, err
	}
	return c.MessageChanges.Versions(ctx, q)
}

// failingFeed is a ports.Feed with injected errors.
type failingFeed struct {
	ports.Feed
	h *harness
}

func (f failingFeed) Read(ctx context.Context, owner id.ID) (chat.Feed, error) {
	if err := f.h.countCall(); err != nil {
		return chat.Feed{}, err
	}
	return f.Feed.Read(ctx, owner)
}

func (f failingFeed) Changes(
	ctx context.Context, owner id.ID, since chat.FeedPosition,
) (chat.FeedChanges, error) {
	if err := f.h.countCall(); err != nil {
		return chat.FeedChanges{}, err
	}
	return f.Feed.Changes(ctx, owner, since)
}

// failingSearch is a ports.Search with injected errors.
type failingSearch struct {
	ports.Search
	h *harness
}

func (s failingSearch) Find(ctx context.Context, q chat.SearchQuery) (chat.SearchPage, error) {
	if err := s.h.countCall(); err != nil {
		return chat.SearchPage{}, err
	}
	return s.Search.Find(ctx, q)
}

// failingLimiter is a ports.Limiter with injected errors.
type failingLimiter struct {
	ports.Limiter
	h *harness
}

func (l failingLimiter) Take(ctx context.Context, now time.Time, limits ...ports.RateLimit) error {
	if err := l.h.countCall(); err != nil {
		return err
	}
	return l.Limiter.Take(ctx, now, limits...)
}

// breakLive makes the live log unavailable to readers.
func (h *harness) breakLive() { h.broken = true }

// silenceLive makes the live log accept followers of outcomes without ever answering them.
func (h *harness) silenceLive() { h.silent = true }

// breakableLive is a ports.LiveReader that is unavailable after breakLive.
type breakableLive struct {
	ports.LiveReader
	h *harness
}

func (l breakableLive) Read(ctx context.Context, room id.ID) (chat.LiveText, error) {
	if l.h.broken {
		return chat.LiveText{}, errInjected
	}
	return l.LiveReader.Read(ctx, room)
}

func (l breakableLive) Follow(ctx context.Context, room id.ID, from chat.Cursor) iter.Seq2[chat.Event, error] {
	if l.h.broken {
		return func(yield func(chat.Event, error) bool) { yield(chat.Event{}, errInjected) }
	}
	return l.LiveReader.Follow(ctx, room, from)
}

func (l breakableLive) FollowOutcomes(ctx context.Context, room id.ID) iter.Seq[error] {
	if l.h.broken {
		return func(yield func(error) bool) { yield(errInjected) }
	}
	if l.h.silent {
		return func(func(error) bool) { <-ctx.Done() }
	}
	return l.LiveReader.FollowOutcomes(ctx, room)
}

func (l breakableLive) FollowOwner(ctx context.Context, owner id.ID) iter.Seq[error] {
	if l.h.broken {
		return func(yield func(error) bool) { yield(errInjected) }
	}
	return l.LiveReader.FollowOwner(ctx, owner)
}
