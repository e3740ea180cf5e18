package redis

import (
	"strings"
	"testing"
	"time"

	"github.com/kuvaka-tech/parley/core/chat"
)

// addWithPrompt adds a room with a system prompt.
func (a *account) addWithPrompt(systemPrompt string) chat.Room {
	a.Helper()
	r := chat.Room{ID: newID(a), Owner: a.owner, SystemPrompt: systemPrompt, Created: time.Now().UTC()}
	if err := a.Rooms.Add(a.Context(), r); err != nil {
		a.Fatalf("adding a room with a system prompt: %v", err)
	}
	return r
}

func TestCachedPagesHaveAllFieldsOfRooms(t *testing.T) {
	client, name := sharedServer(t)
	a := newAccount(t, client, name)
	a.addWithPrompt(" Answer as an owl.\n🦉 <b> ")
	stored, err := a.Rooms.List(t.Context(), a.owner, nil, 50)
	if err != nil {
		t.Fatalf("listing rooms: %v", err)
	}
	cached, err := a.Rooms.List(t.Context(), a.owner, nil, 50)
	if err != nil {
		t.Fatalf("listing rooms again: %v", err)
	}
	a.wantQueries(1)
	for i, want := range stored {
		if cached[i] != want {
			t.Errorf("room %d of the cached page is %+v, want %+v", i, cached[i], want)
		}
	}
}

// The previous version runs on the same Redis during a deploy.
func TestPagesOfThePreviousVersionAreNotUsed(t *testing.T) {
	client, name := sharedServer(t)
	a := newAccount(t, client, name)
	a.wantRooms("3 2 1 ")
	client.HSet(t.Context(), a.cache().key(a.owner), "50", "[]", "2", "[]")
	a.wantRooms("3 2 1 ")
	if got := a.list(2); got != "3 2 " {
		t.Errorf("a page of 2 rooms is %q, want the newest two", got)
	}
	client.Del(t.Context(), a.cache().key(a.owner)) // what the previous version does after a write
	a.wantRooms("3 2 1 ")
	a.wantQueries(3)
}

func TestLargePagesAreNotCached(t *testing.T) {
	client, name := sharedServer(t)
	a := newAccount(t, client, name)
	for range 40 {
		a.addWithPrompt(strings.Repeat("é", 4000))
	}
	for range 3 {
		a.list(50)
		a.list(5)
	}
	a.wantQueries(4) // three times the large page, once the small one
}
