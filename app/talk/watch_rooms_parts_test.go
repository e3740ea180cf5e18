package talk_test

import (
	"fmt"
	"testing"

	"github.com/kuvaka-tech/parley/core/chat"
)

// A client can be disconnected after each update. It gets the part of the changes again of which
// it has no position yet.
func TestAStreamOfAllRoomsResumesWithinManyChanges(t *testing.T) {
	inBubble(t, func(t *testing.T, h *harness) {
		f := h.watchRooms(t, nil)
		h.newRoom(t, "first")
		last := f.last()
		f.stop()
		const n = 2*chat.FeedPageRooms + 50
		for i := range n {
			h.newRoom(t, fmt.Sprint(i))
		}
		resumed := h.watchRooms(t, &last)
		all := resumed.take()
		if len(all) != n {
			t.Fatalf("%d updates after the resumption, want one for each of %d rooms", len(all), n)
		}
		for _, seen := range []int{1, 50, 99, 100, 101, 199, 200, 249, 250} {
			at := resumed.all[seen-1].Feed
			known := seen / chat.FeedPageRooms * chat.FeedPageRooms
			if seen == n {
				known = n
			}
			again := h.watchRooms(t, &at)
			again.want(all[known:]...)
			again.stop()
		}
	})
}

// After the last part come the changes that were made while the client was away.
func TestAStreamOfAllRoomsHasChangesOfRoomsInEarlierParts(t *testing.T) {
	inBubble(t, func(t *testing.T, h *harness) {
		f := h.watchRooms(t, nil)
		first := h.newRoom(t, "first")
		last := f.last()
		f.stop()
		for range chat.FeedPageRooms + 1 {
			h.newRoom(t, "other")
		}
		if err := h.rename(t.Context(), first, "renamed"); err != nil {
			t.Fatalf("renaming the room: %v", err)
		}
		resumed := h.watchRooms(t, &last)
		resumed.take()
		between := resumed.all[chat.FeedPageRooms-1].Feed
		if between.Position.After == "" {
			t.Fatalf("the position after the first part is %+v, want one between two parts", between)
		}
		if err := h.rename(t.Context(), first, "renamed again"); err != nil {
			t.Fatalf("renaming the room: %v", err)
		}
		got := h.watchRooms(t, &between).take()
		if want := "room renamed again"; got[len(got)-1] != want {
			t.Errorf("the updates after the resumption are %q, want %q as the last one", got, want)
		}
	})
}
