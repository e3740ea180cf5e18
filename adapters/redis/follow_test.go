package redis

import (
	"context"
	"testing"
	"time"

	"github.com/kuvaka-tech/parley/core/chat"
	"github.com/kuvaka-tech/parley/core/id"
	"github.com/kuvaka-tech/parley/tests/rig"
)

// follower is a Follow in the background.
type follower struct {
	events chan chat.Event
	ended  chan error // receives the last error, or nil
}

// follow follows a room until the test ends.
func follow(t *testing.T, l *Live, room id.ID) follower {
	f := follower{events: make(chan chat.Event, 1000), ended: make(chan error, 1)}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	t.Cleanup(func() { cancel(); <-done })
	go func() {
		defer close(done)
		var last error
		for e, err := range l.Follow(ctx, room, chat.Cursor{}) {
			if err == nil {
				f.events <- e
			}
			last = err
		}
		f.ended <- last
	}()
	return f
}

func (f follower) next(t *testing.T) chat.Event {
	t.Helper()
	return receive(t, f.events, "an event")
}

// wantRev expects a Changed event at a revision.
func (f follower) wantRev(t *testing.T, rev int64) {
	t.Helper()
	if e := f.next(t); e.Kind != chat.Changed || e.At.Rev != rev {
		t.Errorf("the follower received %+v, want Changed at revision %d", e, rev)
	}
}

func receive[T any](t *testing.T, from <-chan T, what string) (v T) {
	t.Helper()
	select {
	case v = <-from:
	case <-time.After(20 * time.Second):
		t.Fatalf("waited 20 s for %s", what)
	}
	return v
}

// announce announces a revision and the ends of attempts, and expects no error.
func announce(t *testing.T, l *Live, room id.ID, rev int64, ended ...chat.Attempt) {
	t.Helper()
	if err := l.Announce(t.Context(), chat.Announcement{Room: room, Rev: rev, Ended: ended}); err != nil {
		t.Fatalf("announcing revision %d: %v", rev, err)
	}
}

// announcedRoom returns a room at revision 1.
func announcedRoom(t *testing.T, l *Live) id.ID {
	t.Helper()
	room := newID(t)
	announce(t, l, room, 1)
	return room
}

func TestLastFollowerUnsubscribesItsChannel(t *testing.T) {
	l := liveOnSharedServer(t)
	room := announcedRoom(t, l)
	staying := follow(t, l, room)
	staying.wantRev(t, 1)
	for range 20 {
		for range l.Follow(t.Context(), room, chat.Cursor{}) {
			break
		}
		for range l.Follow(t.Context(), announcedRoom(t, l), chat.Cursor{}) {
			break
		}
	}
	rig.Eventually(t, patience, "only the channel of the room that is still followed remains", func() bool {
		return len(l.client.PubSubChannels(t.Context(), l.keyPrefix+"*").Val()) == 1
	})
	announce(t, l, room, 2)
	staying.wantRev(t, 2)
}

// A follower whose context ends while it subscribes must not break the connection
// that all followers share.
func TestCancelledSubscribersDoNotDisturbOthers(t *testing.T) {
	l := liveOnSharedServer(t)
	room := announcedRoom(t, l)
	f := follow(t, l, room)
	f.wantRev(t, 1)
	for i := range 300 {
		ctx, cancel := context.WithTimeout(t.Context(), time.Duration(i)*10*time.Microsecond)
		for _, err := range l.Follow(ctx, newID(t), chat.Cursor{}) {
			t.Errorf("a follower whose context ended received the error %v, want none", err)
		}
		cancel()
	}
	announce(t, l, room, 2)
	f.wantRev(t, 2)
}

func TestCloseEndsFollowers(t *testing.T) {
	l := liveOnSharedServer(t)
	f := follow(t, l, announcedRoom(t, l))
	f.wantRev(t, 1)
	l.subscriber.Close()
	if err := receive(t, f.ended, "the follower to end"); err == nil {
		t.Error("Close ended a follower without an error")
	}
	for _, err := range l.Follow(t.Context(), newID(t), chat.Cursor{}) {
		if err == nil {
			t.Error("Follow after Close yielded an event, want only an error")
		}
	}
}
