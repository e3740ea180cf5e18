package redis

import (
	"context"
	"log/slog"
	"net"
	"testing"
	"time"

	goredis "github.com/redis/go-redis/v9"
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
	l.subscriber.idleTimeout = 20 * time.Millisecond
	room := announcedRoom(t, l)
	f := follow(t, l, room)
	f.wantRev(t, 1)
	l.subscriber.mu.Lock()
	conn := l.subscriber.conn
	l.subscriber.mu.Unlock()
	for range 20 {
		select {
		case err := <-f.ended:
			t.Fatalf("the follower of an idle room ended with %v", err)
		case <-conn.broken:
			t.Fatalf("the idle connection broke: %v", conn.err)
		case <-time.After(2 * l.subscriber.idleTimeout):
		}
	}
	announce(t, l, room, 2)
	f.wantRev(t, 2)
}
