package memory

import (
	"context"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/kuvaka-tech/parley/core/chat"
	"github.com/kuvaka-tech/parley/core/id"
)

func TestLiveRemovesUnusedRooms(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := NewLive()
		const n = 1000
		for i := range n {
			finishReply(t, l, id.ID(fmt.Sprint(i)), 1)
		}
		if len(l.rooms) != n {
			t.Fatalf("the log has %d rooms, want %d before the TTL", len(l.rooms), n)
		}
		time.Sleep(chat.LiveLogTTL)
		finishReply(t, l, "last", 1)
		if len(l.rooms) != 1 {
			t.Errorf("the log has %d rooms after the TTL, want only the one in use", len(l.rooms))
		}
	})
}

// A follower stays connected when its room is removed and created again.
func TestFollowContinuesAfterTheRoomWasRemoved(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		l := NewLive()
		changes := 0
		go func() {
			for e := range l.Follow(ctx, "followed", chat.Cursor{}) {
				if e.Kind == chat.Changed {
					changes++
				}
			}
		}()
		for rev := range int64(3) {
			finishReply(t, l, "followed", rev+1)
			synctest.Wait()
			time.Sleep(3 * chat.LiveLogTTL)
			finishReply(t, l, "another", rev+1) // removes the unused rooms
			synctest.Wait()
		}
		if changes != 3 {
			t.Errorf("the follower received %d changes, want 3", changes)
		}
		if len(l.rooms) > 2 {
			t.Errorf("the log has %d rooms, want at most 2", len(l.rooms))
		}
	})
}

// finishReply writes a reply and announces its end with the revision rev.
func finishReply(t *testing.T, l *Live, room id.ID, rev int64) {
	t.Helper()
	piece := chat.Piece{Room: room, Reply: "r", Fence: rev, Deltas: []string{"hello"}}
	if err := l.Append(t.Context(), piece); err != nil {
		t.Errorf("append to room %s: %v", room, err)
	}
	if err := l.Announce(t.Context(), room, rev, "r"); err != nil {
		t.Errorf("announce revision %d of room %s: %v", rev, room, err)
	}
}
