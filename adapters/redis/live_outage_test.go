//go:build linux

package redis

import (
	"errors"
	"strings"
	"testing"
	"time"

	goredis "github.com/redis/go-redis/v9"

	"github.com/kuvaka-tech/parley/core/chat"
	"github.com/kuvaka-tech/parley/core/id"
	"github.com/kuvaka-tech/parley/core/reply"
	"github.com/kuvaka-tech/parley/tests/rig"
)

func TestLiveDuringAnOutage(t *testing.T) {
	eachOutage(t, map[string]outage{"killed": killed, "frozen": frozen}, liveDuringAnOutage)
}

func liveDuringAnOutage(t *testing.T, begin outage) {
	server := ownServer(t)
	l := newLive(t, connect(t, server.URL()), "test")
	room, replyID := newID(t), newID(t)
	mustAppend(t, l, piece(room, replyID, 0, "one "))
	followers := []follower{follow(t, l, room), follow(t, l, room), follow(t, l, announcedRoom(t, l))}
	for _, f := range followers {
		f.next(t)
	}
	time.Sleep(100 * time.Millisecond) // now no follower reads: only the connection can tell them of the outage
	end := begin(server)
	for i, f := range followers {
		if err := receive(t, f.ended, "a follower to end"); err == nil {
			t.Errorf("follower %d ended without an error", i)
		}
	}
	began := time.Now()
	for range 100 {
		callsFail(t, l, room, replyID)
	}
	if took := time.Since(began); took > 15*time.Second {
		t.Errorf("600 calls during the outage took %v, want at most 15 s", took)
	}
	end()
	rig.Eventually(t, patience, "appending works again", func() bool {
		return l.Append(t.Context(), piece(room, replyID, 0, "one ", "two")) == nil
	})
	if e := follow(t, l, room).next(t); e.Text != "one " {
		t.Errorf("a new follower received %+v, want the first delta", e)
	}
}

// callsFail expects every method to fail with an error that callers retry.
func callsFail(t *testing.T, l *Live, room, replyID id.ID) {
	t.Helper()
	if err := receive(t, follow(t, l, room).ended, "a follower to end"); err == nil {
		t.Error("Follow during an outage ended without an error")
	}
	for err := range l.FollowOwner(t.Context(), room) {
		if err == nil {
			t.Error("FollowOwner during an outage yielded nil, want only an error")
		}
	}
	_, errRead := l.Read(t.Context(), room)
	_, errSeal := l.Seal(t.Context(), room, chat.Attempt{Reply: replyID, Fence: 1})
	errAppend := l.Append(t.Context(), piece(room, replyID, 1, "two"))
	errAnnounce := l.Announce(t.Context(), chat.Announcement{Room: room, Rev: 1})
	for _, err := range []error{errRead, errSeal, errAppend, errAnnounce} {
		if err == nil || errors.Is(err, reply.ErrClaimLost) || errors.Is(err, chat.ErrGap) {
			t.Fatalf("a call during an outage returned %v, want the error of Redis", err)
		}
	}
}

func TestSubscribersShareOneConnection(t *testing.T) {
	client := connect(t, ownServer(t).URL())
	l := newLive(t, client, "test")
	var rooms []id.ID
	var followers []follower
	for i := range 50 {
		if i%2 == 0 {
			rooms = append(rooms, newID(t))
		}
		followers = append(followers, follow(t, l, rooms[len(rooms)-1]))
	}
	for i, room := range rooms {
		announce(t, l, room, int64(i+1))
	}
	for i, f := range followers {
		f.wantRev(t, int64(i/2+1))
	}
	if n := pubSubConnections(t, client); n != 1 {
		t.Errorf("%d Pub/Sub connections for %d followers, want 1", n, len(followers))
	}
	if n := len(client.PubSubChannels(t.Context(), "*").Val()); n != len(rooms) {
		t.Errorf("%d channels for %d rooms, want one each", n, len(rooms))
	}
}

// pubSubConnections counts the server's Pub/Sub connections.
func pubSubConnections(t *testing.T, client *goredis.Client) int {
	t.Helper()
	list, err := client.Do(t.Context(), "client", "list", "type", "pubsub").Text()
	if err != nil {
		t.Fatalf("listing connections: %v", err)
	}
	return strings.Count(list, "id=")
}
