//go:build linux

package redis

import (
	"testing"
	"time"

	goredis "github.com/redis/go-redis/v9"

	"github.com/kuvaka-tech/parley/ports/portstest"
	"github.com/kuvaka-tech/parley/tests/rig"
)

func TestRoomsWithoutRedis(t *testing.T) {
	server := ownServer(t)
	client := connect(t, server.URL())
	server.Kill()
	open := func(*testing.T) portstest.Stores { return cachedStores(NewRoomListCache(client, "test")) }
	t.Run("Rooms", func(t *testing.T) { portstest.Rooms(t, open) })
	t.Run("Messages", func(t *testing.T) { portstest.Messages(t, open) })
}

// A page that a write could not invalidate must not be served after the outage.
func TestWritesDuringAnOutage(t *testing.T) {
	eachOutage(t, map[string]outage{"frozen": frozen, "read-only": readOnly}, writesDuringAnOutage)
}

func writesDuringAnOutage(t *testing.T, begin outage) {
	server := ownServer(t)
	a := newAccount(t, clientWithoutBreaker(t, server), "test")
	a.wantRooms("3 2 1 ")
	end := begin(server)
	a.add()
	a.wantRooms("4 3 2 1 ")
	end()
	a.wantRooms("4 3 2 1 ")
	rig.Eventually(t, patience, "the pages are invalidated", func() bool { return !a.cache().isDirty(a.owner) })
	a.otherProcess(connect(t, server.URL())).wantRooms("4 3 2 1 ")
	before := a.store.queries.Load()
	for range 10 {
		a.wantRooms("4 3 2 1 ")
	}
	a.wantQueries(before) // lists are cached again
}

// clientWithoutBreaker returns a client that uses Redis as soon as the outage ends.
func clientWithoutBreaker(t *testing.T, server *rig.Redis) *goredis.Client {
	client := goredis.NewClient(&goredis.Options{
		Addr:        rig.Loopback(server.Port),
		ReadTimeout: 100 * time.Millisecond,
		MaxRetries:  -1,
	})
	t.Cleanup(func() { client.Close() })
	return client
}
