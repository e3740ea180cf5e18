package redis

import (
	"context"
	"strings"
	"testing"
	"time"

	goredis "github.com/redis/go-redis/v9"

	"github.com/kuvaka-tech/parley/core/chat"
	"github.com/kuvaka-tech/parley/core/id"
)

// follower keeps what it is told until Follow ends.
type follower struct {
	told  chan chat.Event
	ended chan error
}

func follow(t *testing.T, l *Live, room id.ID) follower {
	f := follower{make(chan chat.Event, 1000), make(chan error, 1)}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	t.Cleanup(func() { cancel(); <-done })
	go func() {
		defer close(done)
		var last error
		for e, err := range l.Follow(ctx, room, chat.Cursor{}) {
			if err == nil {
				f.told <- e
			}
			last = err
		}
		f.ended <- last
	}()
	return f
}

func (f follower) next(t *testing.T) chat.Event {
	t.Helper()
	return wait(t, f.told, "an event")
}

func wait[T any](t *testing.T, from <-chan T, what string) (v T) {
	t.Helper()
	select {
	case v = <-from:
	case <-time.After(20 * time.Second):
		t.Fatalf("waited 20 s for %s", what)
	}
	return v
}

func subscribed(t *testing.T, client *goredis.Client) int {
	t.Helper()
	list, err := client.Do(t.Context(), "client", "list", "type", "pubsub").Text()
	if err != nil {
		t.Fatal(err)
	}
	return strings.Count(list, "id=")
}

func TestFollowersShareOneConnection(t *testing.T) {
	p := newPrivate(t)
	client := connect(t, p.url())
	l := newLive(t, client, "test")
	var rooms []id.ID
	var all []follower
	for i := range 50 {
		if i%2 == 0 {
			rooms = append(rooms, newID(t))
		}
		all = append(all, follow(t, l, rooms[len(rooms)-1]))
	}
	for i, room := range rooms {
		if err := l.Announce(t.Context(), room, int64(i+1)); err != nil {
			t.Fatal(err)
		}
	}
	for i, f := range all {
		if e := f.next(t); e.Kind != chat.Changed || e.At.Rev != int64(i/2+1) {
			t.Errorf("follower %d was told %+v", i, e)
		}
	}
	if n := subscribed(t, client); n != 1 {
		t.Errorf("%d connections for %d followers", n, len(all))
	}
	if n := len(client.PubSubChannels(t.Context(), "*").Val()); n != len(rooms) {
		t.Errorf("%d channels for %d rooms", n, len(rooms))
	}
}

func TestChannelsAreLeft(t *testing.T) {
	client, name := server(t)
	l := newLive(t, client, name)
	room := newID(t)
	if err := l.Announce(t.Context(), room, 1); err != nil {
		t.Fatal(err)
	}
	stays := follow(t, l, room)
	stays.next(t)
	for range 20 {
		for range l.Follow(t.Context(), room, chat.Cursor{}) {
			break
		}
		for range l.Follow(t.Context(), newIDWith(t, l), chat.Cursor{}) {
			break
		}
	}
	eventually(t, "only the room still followed has a channel", func() bool {
		return len(client.PubSubChannels(t.Context(), name+"*").Val()) == 1
	})
	if err := l.Announce(t.Context(), room, 2); err != nil {
		t.Fatal(err)
	}
	if e := stays.next(t); e.At.Rev != 2 {
		t.Errorf("told %+v", e)
	}
}

// newIDWith is a room in which something happened.
func newIDWith(t *testing.T, l *Live) id.ID {
	t.Helper()
	room := newID(t)
	if err := l.Announce(t.Context(), room, 1); err != nil {
		t.Fatal(err)
	}
	return room
}

// What happened between a follower's first look and its subscription is looked for again.
func TestSubscribingIsNews(t *testing.T) {
	client, name := server(t)
	l := newLive(t, client, name)
	for range 3 {
		e, err := l.ears.open(t.Context(), name)
		if err != nil {
			t.Fatal(err)
		}
		wait(t, e.news, "news of the subscription")
		e.close()
	}
}

// A follower whose time ends as it subscribes must not break the line of all.
func TestHastyFollowersDisturbNobody(t *testing.T) {
	client, name := server(t)
	l := newLive(t, client, name)
	room := newIDWith(t, l)
	f := follow(t, l, room)
	f.next(t)
	for i := range 300 {
		ctx, cancel := context.WithTimeout(t.Context(), time.Duration(i)*10*time.Microsecond)
		for _, err := range l.Follow(ctx, newID(t), chat.Cursor{}) {
			t.Errorf("told %v", err)
		}
		cancel()
	}
	if err := l.Announce(t.Context(), room, 2); err != nil {
		t.Fatal(err)
	}
	if e := f.next(t); e.At.Rev != 2 {
		t.Errorf("told %+v", e)
	}
}

func TestCloseEndsFollowers(t *testing.T) {
	client, name := server(t)
	l := newLive(t, client, name)
	f := follow(t, l, newIDWith(t, l))
	f.next(t)
	l.Close()
	if err := wait(t, f.ended, "the end of following"); err == nil {
		t.Error("Close ended a follower without an error")
	}
	for _, err := range l.Follow(t.Context(), newID(t), chat.Cursor{}) {
		if err == nil {
			t.Error("followed after Close")
		}
	}
}
