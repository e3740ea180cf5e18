package redis

import (
	"testing"

	"github.com/kuvaka-tech/parley/adapters/memory"
	"github.com/kuvaka-tech/parley/ports/portstest"
)

// erasingStores returns memory stores whose Eraser also deletes cached pages.
func erasingStores(cache *RoomListCache) portstest.Stores {
	s := cachedStores(cache)
	s.Eraser = NewEraser(memory.Eraser{Store: s.Users.(memory.Users).Store}, cache)
	return s
}

func TestEraser(t *testing.T) {
	portstest.Eraser(t, func(t *testing.T) portstest.Stores {
		return erasingStores(NewRoomListCache(sharedServer(t)))
	})
}

// The cache must not keep the names of an erased user's rooms.
func TestEraseDeletesCachedPages(t *testing.T) {
	client, name := sharedServer(t)
	s := erasingStores(NewRoomListCache(client, name))
	erased, other := portstest.NewFullUser(t, s), portstest.NewFullUser(t, s)
	isCached := func(u portstest.FullUser) bool {
		n, err := client.Exists(t.Context(), name+":rooms:"+string(u.User.ID)).Result()
		if err != nil {
			t.Fatalf("looking for cached pages: %v", err)
		}
		return n == 1
	}
	for _, u := range []portstest.FullUser{erased, other} {
		rooms, err := s.Rooms.List(t.Context(), u.User.ID, nil, 50)
		if err != nil || len(rooms) != 1 || !isCached(u) {
			t.Fatalf("List = %v, %v, and cached = %v, want one room in the cache", rooms, err, isCached(u))
		}
	}
	if err := s.Eraser.Erase(t.Context(), erased.User.ID); err != nil {
		t.Fatalf("Erase failed: %v", err)
	}
	if isCached(erased) {
		t.Error("the erased user's pages are still cached")
	}
	if !isCached(other) {
		t.Error("erasing one user deleted the cached pages of another")
	}
}
