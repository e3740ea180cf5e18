package redis

import (
	"testing"

	"github.com/kuvaka-tech/parley/adapters/memory"
	"github.com/kuvaka-tech/parley/ports/portstest"
)

func erasing(lists *Lists) portstest.Stores {
	s := bundle(lists)
	s.Eraser = NewEraser(memory.Eraser{Store: s.Users.(memory.Users).Store}, lists)
	return s
}

func TestEraser(t *testing.T) {
	portstest.Eraser(t, func(t *testing.T) portstest.Stores { return erasing(NewLists(server(t))) })
}

// What an erased user's rooms were called is not left in the cache.
func TestErasingDropsLists(t *testing.T) {
	client, name := server(t)
	s := erasing(NewLists(client, name))
	life, other := portstest.NewLife(t, s), portstest.NewLife(t, s)
	cached := func(l portstest.Life) int64 {
		n, err := client.Exists(t.Context(), name+":rooms:"+string(l.User.ID)).Result()
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	for _, l := range []portstest.Life{life, other} {
		if rooms, err := s.Rooms.List(t.Context(), l.User.ID, nil, 50); err != nil || len(rooms) != 1 || cached(l) != 1 {
			t.Fatalf("rooms %v, %v", rooms, err)
		}
	}
	if err := s.Eraser.Erase(t.Context(), life.User.ID); err != nil {
		t.Fatal(err)
	}
	if cached(life) != 0 || cached(other) != 1 {
		t.Errorf("%d lists left, and %d of another's 1", cached(life), cached(other))
	}
}
