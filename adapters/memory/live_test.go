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

// Rooms in which nothing happens any more cost no memory for ever.
func TestLiveForgetsQuietRooms(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := NewLive()
		const n = 1000
		for i := range n {
			happen(t, l, id.ID(fmt.Sprint(i)), 1)
		}
		if len(l.rooms) != n {
			t.Fatalf("%d rooms, want %d", len(l.rooms), n)
		}
		time.Sleep(chat.LiveFor)
		happen(t, l, "last", 1)
		if len(l.rooms) != 1 {
			t.Errorf("%d rooms are remembered", len(l.rooms))
		}
	})
}

// Who follows a room through a silence sees what happens after it.
func TestAFollowerOfAQuietRoom(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		l := NewLive()
		seen := 0
		go func() {
			for e := range l.Follow(ctx, "followed", chat.Cursor{}) {
				if e.Kind == chat.Changed {
					seen++
				}
			}
		}()
		for rev := range int64(3) {
			happen(t, l, "followed", rev+1)
			synctest.Wait()
			time.Sleep(3 * chat.LiveFor)
			happen(t, l, "another", rev+1)
			synctest.Wait()
		}
		if seen != 3 {
			t.Errorf("saw %d changes of 3", seen)
		}
		if len(l.rooms) > 2 {
			t.Errorf("%d rooms are remembered", len(l.rooms))
		}
	})
}

func happen(t *testing.T, l *Live, room id.ID, rev int64) {
	t.Helper()
	if err := l.Append(t.Context(), chat.Piece{Room: room, Reply: "r", Fence: rev, Deltas: []string{"hello"}}); err != nil {
		t.Error(err)
	}
	if err := l.Announce(t.Context(), room, rev, "r"); err != nil {
		t.Error(err)
	}
}
