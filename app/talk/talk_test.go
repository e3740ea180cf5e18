package talk_test

import (
	"context"
	"crypto/rand"
	"errors"
	"io"
	"sync"
	"testing"
	"testing/iotest"
	"time"

	"github.com/kuvaka-tech/parley/adapters/memory"
	"github.com/kuvaka-tech/parley/app/talk"
	"github.com/kuvaka-tech/parley/core/chat"
	"github.com/kuvaka-tech/parley/core/id"
	"github.com/kuvaka-tech/parley/core/phone"
	"github.com/kuvaka-tech/parley/core/subscription"
	"github.com/kuvaka-tech/parley/core/user"
	"github.com/kuvaka-tech/parley/ports"
)

var errAway = errors.New("away")

const ada id.ID = "01890a5d-ac96-774b-bcce-b302099a8057"

// none is the id of nothing.
const none = "01890a5d-ac96-774b-bcce-b302099a8058"

// clock is the time of the process, which testing/synctest may fake.
type clock struct{}

func (clock) Now() time.Time { return time.Now().UTC().Truncate(time.Microsecond) }

// silent is a queue that wakes nobody.
type silent struct{ ports.Queue }

func (silent) Wake(context.Context, id.ID) error { return nil }

// world is the use cases over a memory store whose calls can fail.
type world struct {
	*talk.Talk
	store *memory.Store
	live  *memory.Live
	mu    sync.Mutex    // guards in
	in    int           // the call, counted from now, that fails; 0 for none
	slow  time.Duration // of reading a page
}

func newWorld(t *testing.T, random io.Reader) *world {
	t.Helper()
	w := &world{store: memory.New(), live: memory.NewLive()}
	n, err := phone.Parse("+15550001000")
	if err != nil {
		t.Fatal(err)
	}
	if err := (memory.Users{Store: w.store}).Add(t.Context(), user.User{ID: ada, Number: n, Proven: clock{}.Now()}); err != nil {
		t.Fatal(err)
	}
	plans := subscription.Plans{Basic: subscription.Plan{Terms: chat.Terms{Limit: 5}}}
	w.Talk = talk.New(rooms{memory.Rooms{Store: w.store}, w}, messages{memory.Messages{Store: w.store}, w}, w.live, silent{}, talk.NewBreaker(memory.Spend{Store: w.store}, 0, nil), clock{}, random, plans)
	return w
}

func (w *world) hit() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.in--; w.in == 0 {
		return errAway
	}
	return nil
}

type rooms struct {
	ports.Rooms
	w *world
}

func (r rooms) Add(ctx context.Context, room chat.Room) error {
	return errors.Join(r.w.hit(), r.Rooms.Add(ctx, room))
}

func (r rooms) Get(ctx context.Context, owner, room id.ID) (chat.Room, error) {
	found, err := r.Rooms.Get(ctx, owner, room)
	return found, errors.Join(r.w.hit(), err)
}

func (r rooms) List(ctx context.Context, owner id.ID, after *ports.Place, limit int) ([]chat.Room, error) {
	list, err := r.Rooms.List(ctx, owner, after, limit)
	return list, errors.Join(r.w.hit(), err)
}

func (r rooms) Rename(ctx context.Context, owner, room id.ID, name string) (chat.Room, error) {
	renamed, err := r.Rooms.Rename(ctx, owner, room, name)
	return renamed, errors.Join(r.w.hit(), err)
}

func (r rooms) Delete(ctx context.Context, owner, room id.ID) error {
	if err := r.w.hit(); err != nil {
		return err
	}
	return r.Rooms.Delete(ctx, owner, room)
}

type messages struct {
	ports.Messages
	w *world
}

func (m messages) Accept(ctx context.Context, d chat.Draft) (chat.Accepted, error) {
	if err := m.w.hit(); err != nil {
		return chat.Accepted{}, err
	}
	return m.Messages.Accept(ctx, d)
}

func (m messages) Get(ctx context.Context, owner, room, message id.ID) (chat.Message, error) {
	found, err := m.Messages.Get(ctx, owner, room, message)
	return found, errors.Join(m.w.hit(), err)
}

func (m messages) Page(ctx context.Context, q chat.Query) (chat.Page, error) {
	select {
	case <-ctx.Done():
		return chat.Page{}, ctx.Err()
	case <-time.After(m.w.slow):
	}
	page, err := m.Messages.Page(ctx, q)
	return page, errors.Join(m.w.hit(), err)
}

// Whichever call of a port fails, the use case says so.
func TestEveryFailureComesOut(t *testing.T) {
	key := "k"
	for name, use := range map[string]func(w *world, ctx context.Context, room, reply string) error{
		"create": func(w *world, ctx context.Context, _, _ string) error { _, err := w.Create(ctx, ada, "r"); return err },
		"show": func(w *world, ctx context.Context, room, _ string) error {
			_, err := w.Room(ctx, ada, room)
			return err
		},
		"list": func(w *world, ctx context.Context, _, _ string) error {
			_, _, err := w.Rooms(ctx, ada, nil, 5)
			return err
		},
		"rename": func(w *world, ctx context.Context, room, _ string) error {
			_, err := w.Rename(ctx, ada, room, "s")
			return err
		},
		"delete": func(w *world, ctx context.Context, room, _ string) error { return w.Delete(ctx, ada, room) },
		"send": func(w *world, ctx context.Context, room, _ string) error {
			_, err := w.Send(ctx, talk.Message{User: ada, Room: room, Text: "hello", Key: &key})
			return err
		},
		"page": func(w *world, ctx context.Context, room, _ string) error {
			_, err := w.Page(ctx, room, chat.Query{Owner: ada, Limit: 5})
			return err
		},
		"await": func(w *world, ctx context.Context, room, reply string) error {
			over, cancel := context.WithCancel(ctx)
			cancel()
			_, err := w.Await(ctx, over, ada, room, reply)
			return err
		},
	} {
		t.Run(name, func(t *testing.T) {
			for n := 1; ; n++ {
				w := newWorld(t, rand.Reader)
				room, reply := w.ask(t)
				w.in = n
				err := use(w, t.Context(), room, reply)
				if w.in > 0 { // fewer calls than that
					if err != nil || n == 1 {
						t.Errorf("after %d calls: %v", n-1, err)
					}
					return
				}
				if !errors.Is(err, errAway) {
					t.Errorf("call %d failed, and it said %v", n, err)
				}
			}
		})
	}
}

// ask sends a message to a new room.
func (w *world) ask(t *testing.T) (room, reply string) {
	t.Helper()
	r, err := w.Create(t.Context(), ada, "r")
	if err != nil {
		t.Fatal(err)
	}
	sent, err := w.Send(t.Context(), talk.Message{User: ada, Room: string(r.ID), Text: "hello"})
	if err != nil {
		t.Fatal(err)
	}
	return string(r.ID), string(sent.Reply)
}

// Without randomness there are no ids, and nothing is kept.
func TestRandomnessThatFails(t *testing.T) {
	for bytes := range int64(30) { // a room's id takes 10, a message's two 20
		w := newWorld(t, io.MultiReader(io.LimitReader(rand.Reader, bytes), iotest.ErrReader(errAway)))
		r, err := w.Create(t.Context(), ada, "r")
		if bytes < 10 {
			if !errors.Is(err, errAway) {
				t.Errorf("%d bytes: %v", bytes, err)
			}
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.Send(t.Context(), talk.Message{User: ada, Room: string(r.ID), Text: "hello"}); !errors.Is(err, errAway) {
			t.Errorf("%d bytes: %v", bytes, err)
		}
		if page, err := w.Page(t.Context(), string(r.ID), chat.Query{Owner: ada, Limit: 5}); err != nil || len(page.Messages) != 0 {
			t.Errorf("kept %+v, %v", page, err)
		}
	}
}

func TestIdsThatAreNone(t *testing.T) {
	w := newWorld(t, rand.Reader)
	room, reply := w.ask(t)
	for _, bad := range []string{"", "x", none} {
		_, shown := w.Room(t.Context(), ada, bad)
		_, renamed := w.Rename(t.Context(), ada, bad, "s")
		_, sent := w.Send(t.Context(), talk.Message{User: ada, Room: bad, Text: "hello"})
		_, paged := w.Page(t.Context(), bad, chat.Query{Owner: ada, Limit: 5})
		_, there := w.Await(t.Context(), t.Context(), ada, bad, reply)
		_, awaited := w.Await(t.Context(), t.Context(), ada, room, bad)
		for i, err := range []error{shown, renamed, sent, paged, there, awaited, w.Delete(t.Context(), ada, bad)} {
			if !errors.Is(err, chat.ErrNotFound) {
				t.Errorf("use %d of %q: %v", i, bad, err)
			}
		}
	}
}
