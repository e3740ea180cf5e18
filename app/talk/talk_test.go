package talk_test

import (
	"context"
	"crypto/rand"
	"errors"
	"io"
	"testing"
	"testing/iotest"
	"testing/synctest"

	"github.com/kuvaka-tech/parley/app/talk"
	"github.com/kuvaka-tech/parley/core/chat"
	"github.com/kuvaka-tech/parley/core/reply"
	"github.com/kuvaka-tech/parley/core/text"
)

// uses calls every method of the Service once, with the ids of a room and of a reply in it.
var uses = map[string]func(ctx context.Context, h *harness, room, replyID string) error{
	"create": func(ctx context.Context, h *harness, _, _ string) error {
		_, err := h.Create(ctx, ada, chat.RoomUpdate{})
		return err
	},
	"room": func(ctx context.Context, h *harness, room, _ string) error {
		_, err := h.Room(ctx, ada, room)
		return err
	},
	"list": func(ctx context.Context, h *harness, _, _ string) error {
		_, err := h.List(ctx, ada, nil, 5)
		return err
	},
	"rename": func(ctx context.Context, h *harness, room, _ string) error { return h.rename(ctx, room, "s") },
	"update nothing": func(ctx context.Context, h *harness, room, _ string) error {
		_, err := h.UpdateRoom(ctx, ada, room, chat.RoomUpdate{})
		return err
	},
	"delete": func(ctx context.Context, h *harness, room, _ string) error {
		return h.Delete(ctx, ada, room)
	},
	"send": func(ctx context.Context, h *harness, room, _ string) error {
		key := "k"
		_, err := h.Send(ctx, talk.SendRequest{
			Request: talk.Request{User: ada, Room: room, IdempotencyKey: &key},
			Text:    "hello",
		})
		return err
	},
	"page": func(ctx context.Context, h *harness, room, _ string) error {
		_, err := h.Page(ctx, talk.PageQuery{Owner: ada, Room: room, Limit: 5})
		return err
	},
	"edit": func(ctx context.Context, h *harness, room, replyID string) error {
		m, err := h.Message(ctx, talk.MessageRef{Owner: ada, Room: room, Message: replyID})
		if err != nil {
			return err
		}
		_, err = h.Edit(ctx, talk.EditRequest{
			Request: talk.Request{User: ada, Room: room},
			Message: string(m.InReplyTo),
			Text:    "hello again",
		})
		return ignore(err, chat.ErrNotEditable) // the reply is queued
	},
	"retry": func(ctx context.Context, h *harness, room, replyID string) error {
		request := talk.Request{User: ada, Room: room}
		_, err := h.Retry(ctx, talk.RetryRequest{Request: request, Message: replyID})
		return ignore(err, reply.ErrNotRetryable) // the reply is queued
	},
	"versions": func(ctx context.Context, h *harness, room, replyID string) error {
		ref := talk.MessageRef{Owner: ada, Room: room, Message: replyID}
		_, err := h.Versions(ctx, talk.VersionQuery{MessageRef: ref, Limit: 50})
		return err
	},
	"search": func(ctx context.Context, h *harness, _, _ string) error {
		q, err := text.NewQuery("hello")
		if err != nil {
			return err
		}
		_, _, err = h.Search(ctx, chat.SearchQuery{Owner: ada, Text: q, Limit: 5})
		return err
	},
	"watch a room": func(ctx context.Context, h *harness, room, _ string) error {
		watch, err := h.WatchRoom(ctx, ada, room, nil)
		if err != nil {
			return err
		}
		return firstError(ctx, watch)
	},
	"watch a room from a cursor": func(ctx context.Context, h *harness, room, _ string) error {
		watch, err := h.WatchRoom(ctx, ada, room, &chat.Cursor{})
		if err != nil {
			return err
		}
		return firstError(ctx, watch)
	},
	"watch all rooms": func(ctx context.Context, h *harness, _, _ string) error {
		watch, err := h.WatchRooms(ctx, ada, nil)
		if err != nil {
			return err
		}
		return firstError(ctx, watch)
	},
	"watch all rooms from a cursor": func(ctx context.Context, h *harness, _, _ string) error {
		from := &talk.FeedCursor{Read: clock{}.Now()}
		watch, err := h.WatchRooms(ctx, ada, from)
		if err != nil {
			return err
		}
		return firstError(ctx, watch)
	},
	"await": func(ctx context.Context, h *harness, room, replyID string) error {
		ended, cancel := context.WithCancel(ctx)
		cancel()
		_, err := h.Await(ctx, ended, talk.MessageRef{Owner: ada, Room: room, Message: replyID})
		return err
	},
}

// Each method is called several times. In the nth run, the nth call of a port fails.
func TestEveryMethodReturnsEveryPortError(t *testing.T) {
	for name, use := range uses {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) { everyCallFails(t, use) })
		})
	}
}

func everyCallFails(t *testing.T, use func(ctx context.Context, h *harness, room, replyID string) error) {
	for n := 1; ; n++ {
		h := newHarness(t, rand.Reader)
		room, replyID := h.ask(t)
		h.failAt = n
		err := use(t.Context(), h, room, replyID)
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
}

// ignore returns err, or nil if it is the expected error.
func ignore(err, expected error) error {
	if errors.Is(err, expected) {
		return nil
	}
	return err
}

// Without randomness there are no ids, and nothing is stored.
func TestRandomnessFails(t *testing.T) {
	for bytes := range int64(30) { // the id of a room needs 10 bytes, the two ids of a message need 20
		random := io.MultiReader(io.LimitReader(rand.Reader, bytes), iotest.ErrReader(errInjected))
		h := newHarness(t, random)
		room, err := h.Create(t.Context(), ada, chat.RoomUpdate{})
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
		page, err := h.Page(t.Context(), talk.PageQuery{Owner: ada, Room: string(room.ID), Limit: 5})
		if err != nil || len(page.Messages) != 0 {
			t.Errorf("after a failed Send the room has %+v, %v, want no messages", page, err)
		}
	}
}

func TestMalformedAndUnknownIDs(t *testing.T) {
	h := newHarness(t, rand.Reader)
	room, replyID := h.ask(t)
	for _, bad := range []string{"", "x", unknownID} {
		errs := map[string]error{}
		for _, name := range []string{
			"room", "rename", "update nothing", "delete", "send", "page", "edit", "retry", "versions", "watch a room",
		} {
			errs[name] = uses[name](t.Context(), h, bad, replyID)
		}
		await := func(ref talk.MessageRef) error {
			_, err := h.Await(t.Context(), t.Context(), ref)
			return err
		}
		errs["await in a bad room"] = await(talk.MessageRef{Owner: ada, Room: bad, Message: replyID})
		errs["await of a bad message"] = await(talk.MessageRef{Owner: ada, Room: room, Message: bad})
		for name, err := range errs {
			if !errors.Is(err, chat.ErrNotFound) {
				t.Errorf("%s with id %q: %v, want chat.ErrNotFound", name, bad, err)
			}
		}
	}
}
