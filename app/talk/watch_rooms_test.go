package talk_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/kuvaka-tech/parley/app/talk"
	"github.com/kuvaka-tech/parley/core/chat"
)

func TestAStreamOfAllRoomsHasTheirChanges(t *testing.T) {
	inBubble(t, func(t *testing.T, h *harness) {
		f := h.watchRooms(t, nil)
		room := h.newRoom(t, "first")
		f.want("room first")
		if err := h.rename(t.Context(), room, "renamed"); err != nil {
			t.Fatalf("renaming the room: %v", err)
		}
		f.want("room renamed")
		time.Sleep(time.Second)
		h.mustSend(t, room)
		f.want("room renamed", "prompt done hello", "reply queued") // the room's Updated has changed
		j := h.claim(t)
		f.want("reply running")
		j.write("a ")
		f.want("delta a ")
		j.finish(done("a "))
		f.want("reply done a")
		if err := h.Delete(t.Context(), ada, room); err != nil {
			t.Fatalf("deleting the room: %v", err)
		}
		f.want("deleted")
	})
}

func TestAStreamOfAllRoomsStartsWithTheRunningReplies(t *testing.T) {
	inBubble(t, func(t *testing.T, h *harness) {
		h.mustSend(t, h.newRoom(t, "one"))
		j := h.claim(t)
		j.write("a ")
		f := h.watchRooms(t, nil)
		f.want("reply running a")
		j.write("b")
		j.finish(done("a b"))
		got := f.take()
		if i := slices.Index(got, "reply done a b"); i != len(got)-1 {
			t.Errorf("the updates are %q, want the final reply at the end", got)
		}
	})
}

// A client that has the headers of the response can already change a room.
func TestAStreamOfAllRoomsBeginsWhenItIsRequested(t *testing.T) {
	inBubble(t, func(t *testing.T, h *harness) {
		watch, err := h.WatchRooms(t.Context(), ada, nil)
		if err != nil {
			t.Fatalf("watching all rooms: %v", err)
		}
		h.mustSend(t, h.newRoom(t, "first"))
		follow(t, watch).want("room first", "prompt done hello", "reply queued")
	})
}

// A client was away while rooms were changed and deleted.
func TestAStreamOfAllRoomsResumes(t *testing.T) {
	inBubble(t, func(t *testing.T, h *harness) {
		kept := h.newRoom(t, "kept")
		deleted := h.newRoom(t, "deleted")
		f := h.watchRooms(t, nil)
		h.mustSend(t, kept)
		last := f.last()
		f.stop()
		if err := h.Delete(t.Context(), ada, deleted); err != nil {
			t.Fatalf("deleting the room: %v", err)
		}
		h.newRoom(t, "new")
		j := h.claim(t)
		j.write("a ")
		resumed := h.watchRooms(t, &last)
		got := resumed.take()
		for _, want := range []string{"deleted", "room new", "reply running", "delta a "} {
			if !slices.Contains(got, want) {
				t.Errorf("the updates after the resumption are %q, want %q among them", got, want)
			}
		}
		j.finish(done("a "))
		resumed.want("reply done a")
	})
}

// last returns the position after the last update.
func (f *follower) last() talk.FeedCursor {
	f.Helper()
	f.take()
	if len(f.all) == 0 {
		f.Fatal("the stream has no update, want a position")
	}
	return f.all[len(f.all)-1].Feed
}

func TestAFollowerWhoWasAwayForADayLoadsEverythingAgain(t *testing.T) {
	inBubble(t, func(t *testing.T, h *harness) {
		f := h.watchRooms(t, nil)
		room := h.newRoom(t, "r")
		last := f.last()
		f.stop()
		time.Sleep(chat.FeedTTL)
		resumed := h.watchRooms(t, &last)
		resumed.want("resync")
		h.mustSend(t, room)
		resumed.want("room r", "prompt done hello", "reply queued")
		unknown := talk.FeedCursor{Position: chat.FeedPosition{Since: 1 << 40}, Read: clock{}.Now()}
		h.watchRooms(t, &unknown).want("resync")
	})
}

// The second reply of a room starts while the first one's last deltas are still on the way.
func TestAStreamOfAllRoomsFollowsTheNextReplyOfARoom(t *testing.T) {
	inBubble(t, func(t *testing.T, h *harness) {
		room := h.newRoom(t, "r")
		f := h.watchRooms(t, nil)
		for range 5 {
			h.mustSend(t, room)
		}
		f.take()
		for range 5 {
			j := h.claim(t)
			j.write("a ")
			j.write("b ", "c")
			j.finish(done("a b c"))
			got := strings.Join(f.take(), "|")
			if !strings.HasSuffix(got, "reply done a b c") {
				t.Errorf("the updates of a reply are %s, want its final state at the end", got)
			}
		}
	})
}

func TestAStreamOfAllRoomsReadsTheStoreWithoutTheLiveLog(t *testing.T) {
	inBubble(t, func(t *testing.T, h *harness) {
		h.breakLive()
		f := h.watchRooms(t, nil)
		room := h.newRoom(t, "r")
		h.mustSend(t, room)
		time.Sleep(3 * time.Second)
		f.want("room r", "prompt done hello", "reply queued")
	})
}
