package talk_test

import (
	"context"
	"crypto/rand"
	"errors"
	"io"
	"testing"
	"testing/iotest"

	"github.com/kuvaka-tech/parley/app/talk"
	"github.com/kuvaka-tech/parley/core/chat"
)

// uses calls every method of the Service once, with the ids of a room and of a reply in it.
var uses = map[string]func(ctx context.Context, h *harness, room, reply string) error{
	"create": func(ctx context.Context, h *harness, _, _ string) error {
		_, err := h.Create(ctx, ada, "r")
		return err
	},
	"room": func(ctx context.Context, h *harness, room, _ string) error {
		_, err := h.Room(ctx, ada, room)
		return err
	},
	"list": func(ctx context.Context, h *harness, _, _ string) error {
		_, _, err := h.List(ctx, ada, nil, 5)
		return err
	},
	"rename": func(ctx context.Context, h *harness, room, _ string) error {
		_, err := h.Rename(ctx, ada, room, "s")
		return err
	},
	"delete": func(ctx context.Context, h *harness, room, _ string) error {
		return h.Delete(ctx, ada, room)
	},
	"send": func(ctx context.Context, h *harness, room, _ string) error {
		key := "k"
		_, err := h.Send(ctx, talk.SendRequest{User: ada, Room: room, Text: "hello", IdempotencyKey: &key})
		return err
	},
	"page": func(ctx context.Context, h *harness, room, _ string) error {
		_, err := h.Page(ctx, room, chat.Query{Owner: ada, Limit: 5})
		return err
	},
	"await": func(ctx context.Context, h *harness, room, reply string) error {
		ended, cancel := context.WithCancel(ctx)
		cancel()
		_, err := h.Await(ctx, ended, talk.MessageRef{Owner: ada, Room: room, Message: reply})
		return err
	},
}

// Each method is called several times. In the nth run, the nth call of a port fails.
func TestEveryMethodReturnsEveryPortError(t *testing.T) {
	for name, use := range uses {
		t.Run(name, func(t *testing.T) {
			for n := 1; ; n++ {
				h := newHarness(t, rand.Reader)
				room, reply := h.ask(t)
				h.failAt = n
				err := use(t.Context(), h, room, reply)
				if h.failAt > 0 { // the method makes fewer than n calls
					if err != nil || n == 1 {
						t.Errorf("after %d calls: %v, want success after at least one call", n-1, err)
					}
					return
				}
				if !errors.Is(err, errInjected) {
					t.Errorf("call %d failed, but the method returned %v", n, err)
				}
			}
		})
	}
}

// Without randomness there are no ids, and nothing is stored.
func TestRandomnessFails(t *testing.T) {
	for bytes := range int64(30) { // the id of a room needs 10 bytes, the two ids of a message need 20
		random := io.MultiReader(io.LimitReader(rand.Reader, bytes), iotest.ErrReader(errInjected))
		h := newHarness(t, random)
		room, err := h.Create(t.Context(), ada, "r")
		if bytes < 10 {
			if !errors.Is(err, errInjected) {
				t.Errorf("Create with %d random bytes: %v, want the error of the reader", bytes, err)
			}
			continue
		}
		if err != nil {
			t.Fatalf("Create with %d random bytes: %v", bytes, err)
		}
		if _, err := h.send(t.Context(), string(room.ID)); !errors.Is(err, errInjected) {
			t.Errorf("Send with %d random bytes: %v, want the error of the reader", bytes, err)
		}
		page, err := h.Page(t.Context(), string(room.ID), chat.Query{Owner: ada, Limit: 5})
		if err != nil || len(page.Messages) != 0 {
			t.Errorf("after a failed Send the room has %+v, %v, want no messages", page, err)
		}
	}
}

func TestMalformedAndUnknownIDs(t *testing.T) {
	h := newHarness(t, rand.Reader)
	room, reply := h.ask(t)
	for _, bad := range []string{"", "x", unknownID} {
		errs := map[string]error{}
		for _, name := range []string{"room", "rename", "delete", "send", "page"} {
			errs[name] = uses[name](t.Context(), h, bad, reply)
		}
		await := func(ref talk.MessageRef) error {
			_, err := h.Await(t.Context(), t.Context(), ref)
			return err
		}
		errs["await in a bad room"] = await(talk.MessageRef{Owner: ada, Room: bad, Message: reply})
		errs["await of a bad message"] = await(talk.MessageRef{Owner: ada, Room: room, Message: bad})
		for name, err := range errs {
			if !errors.Is(err, chat.ErrNotFound) {
				t.Errorf("%s with id %q: %v, want chat.ErrNotFound", name, bad, err)
			}
		}
	}
}
