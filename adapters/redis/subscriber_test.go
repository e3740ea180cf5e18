package redis

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"sync"
	"testing"
	"time"

	goredis "github.com/redis/go-redis/v9"

	"github.com/kuvaka-tech/parley/core/chat"
	"github.com/kuvaka-tech/parley/core/id"
	"github.com/kuvaka-tech/parley/tests/rig"
)

// Followers must not wait one after another for a server that drops all packets:
// the breaker rejects those after the first.
func TestFollowersDoNotQueueForAConnection(t *testing.T) {
	hang := func(ctx context.Context, _, _ string) (net.Conn, error) {
		<-ctx.Done()
		return nil, ctx.Err()
	}
	client := newClient(&goredis.Options{Addr: "nowhere", Dialer: hang}, slog.New(slog.DiscardHandler))
	t.Cleanup(func() { client.Close() })
	l := newLive(t, client, "test")
	began := time.Now()
	for range 20 {
		if err := receive(t, follow(t, l, newID(t)).ended, "a follower to end"); err == nil {
			t.Error("Follow without a connection ended without an error")
		}
	}
	if took := time.Since(began); took > 10*timeout {
		t.Errorf("20 followers waited for %v, want at most %v", took, 10*timeout)
	}
}

func TestIdleConnectionIsPingedAndKept(t *testing.T) {
	l := liveOnSharedServer(t)
	l.subscriber.checkInterval = 50 * time.Millisecond
	room := announcedRoom(t, l)
	f := follow(t, l, room)
	f.wantRev(t, 1)
	l.subscriber.mu.Lock()
	conn := l.subscriber.conn
	l.subscriber.mu.Unlock()
	for range 10 {
		select {
		case err := <-f.ended:
			t.Fatalf("the follower of an idle room ended with %v", err)
		case <-conn.broken:
			t.Fatalf("the idle connection broke: %v", conn.err)
		case <-time.After(2 * l.subscriber.checkInterval):
		}
	}
	announce(t, l, room, 2)
	f.wantRev(t, 2)
}

// A change before the subscription is in effect sends no message. So the first notice must
// not come earlier, also when earlier subscriptions to the channel have just ended.
func TestTheFirstNoticeMeansThatTheSubscriptionIsInEffect(t *testing.T) {
	client, channel := sharedServer(t)
	s := newSubscriber(t, client)
	for i := range 200 {
		sub, err := s.subscribe(channel, wanted{payloads: 10})
		if err != nil {
			t.Fatalf("subscribing: %v", err)
		}
		if i%3 > 0 { // otherwise end the subscription while its command is on the way
			receive(t, sub.notices, "the first notice")
			payload := fmt.Sprint(i)
			if n, err := client.Publish(t.Context(), channel, payload).Result(); err != nil || n != 1 {
				t.Fatalf("publishing after the first notice reached %d connections, %v, want 1", n, err)
			}
			receive(t, sub.notices, "the notice of a message")
			if got := sub.take(); len(got) != 1 || got[0] != payload {
				t.Fatalf("the subscription received %q, want %q", got, payload)
			}
		}
		sub.close()
	}
}

// Subscriptions that start and end must not lose the messages of others on their channel.
func TestSubscriptionsOfOneChannelDoNotDisturbEachOther(t *testing.T) {
	client, channel := sharedServer(t)
	s := newSubscriber(t, client)
	var others sync.WaitGroup
	stop := make(chan struct{})
	for range 8 {
		others.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
				}
				sub, err := s.subscribe(channel, wanted{})
				if err != nil {
					t.Errorf("subscribing: %v", err)
					return
				}
				sub.close()
			}
		})
	}
	defer func() { close(stop); others.Wait() }()
	for range 20 {
		sub, err := s.subscribe(channel, wanted{payloads: 100})
		if err != nil {
			t.Fatalf("subscribing: %v", err)
		}
		receive(t, sub.notices, "the first notice")
		for i := range 20 {
			if err := client.Publish(t.Context(), channel, i).Err(); err != nil {
				t.Fatalf("publishing: %v", err)
			}
		}
		for got := 0; got < 20; got += len(sub.take()) {
			receive(t, sub.notices, "the notice of a message")
		}
		sub.close()
	}
}

func TestTopicsWithoutSubscriptionsAreForgotten(t *testing.T) {
	client, prefix := sharedServer(t)
	s := newSubscriber(t, client)
	staying, err := s.subscribe(prefix, wanted{})
	if err != nil {
		t.Fatalf("subscribing: %v", err)
	}
	defer staying.close()
	receive(t, staying.notices, "the first notice")
	for i := range 100 {
		sub, err := s.subscribe(fmt.Sprint(prefix, i), wanted{})
		if err != nil {
			t.Fatalf("subscribing: %v", err)
		}
		if i%2 == 0 {
			receive(t, sub.notices, "the first notice")
		}
		sub.close()
	}
	rig.Eventually(t, patience, "one topic remains", func() bool {
		staying.conn.mu.Lock()
		defer staying.conn.mu.Unlock()
		return len(staying.conn.topics) == 1
	})
}

// Many clients connect within seconds after a deploy.
func TestThousandsOfFollowersStartTogether(t *testing.T) {
	l := liveOnSharedServer(t)
	const n = 3000
	rooms := make([]id.ID, n)
	for i := range rooms {
		rooms[i] = newID(t)
	}
	began := time.Now()
	followers := startFollowers(t.Context(), l, rooms)
	defer followers.stop()
	for i, room := range rooms {
		announce(t, l, room, int64(i+1))
	}
	for range rooms {
		if err := receive(t, followers.results, "a follower to receive its event"); err != nil {
			t.Fatalf("a follower failed: %v", err)
		}
	}
	if took := time.Since(began); took > 15*time.Second {
		t.Errorf("%d followers started and received an event in %v, want at most 15 s", n, took)
	}
}

// followers are many followers, each of another room.
type followers struct {
	results chan error // receives nil from each follower that has received an event
	stop    func()
}

func startFollowers(ctx context.Context, l *Live, rooms []id.ID) followers {
	ctx, cancel := context.WithCancel(ctx)
	results := make(chan error, len(rooms))
	var running sync.WaitGroup
	for _, room := range rooms {
		running.Go(func() {
			for _, err := range l.Follow(ctx, room, chat.Cursor{}) {
				results <- err
			}
		})
	}
	return followers{results, func() { cancel(); running.Wait() }}
}
