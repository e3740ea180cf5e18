//go:build linux

package redis

import (
	"testing"

	"github.com/kuvaka-tech/parley/ports/portstest"
	"github.com/kuvaka-tech/parley/tests/rig"
)

func TestRoomsWithoutRedis(t *testing.T) {
	server := ownServer(t)
	client := connect(t, server.URL())
	server.Kill()
	open := func(t *testing.T) portstest.Stores { return announcingStores(newVersions(t, client, "test")) }
	t.Run("Rooms", func(t *testing.T) { portstest.Rooms(t, open) })
	t.Run("Messages", func(t *testing.T) { portstest.Messages(t, open) })
}

func TestVersionsDuringAnOutage(t *testing.T) {
	eachOutage(t, map[string]outage{"killed": killed, "frozen": frozen}, versionsDuringAnOutage)
}

// Changes during an outage are not announced. So versions must be unknown, and other ones
// after the outage.
func versionsDuringAnOutage(t *testing.T, begin outage) {
	server := ownServer(t)
	v := run(t, newVersions(t, connect(t, server.URL()), "test"))
	owner := newID(t)
	before := versionOf(t, v, owner)
	end := begin(server)
	awaitUnknown(t, v)
	end()
	awaitKnown(t, v)
	if versionOf(t, v, owner) == before {
		t.Error("the version after the outage is the same as before, want another one")
	}
}

// One process cannot reach Redis while the other one can.
func TestAnAnnouncementThatFailsIsRepeated(t *testing.T) {
	server := ownServer(t)
	proxy := rig.NewProxy(t, server.Port)
	here := newVersions(t, connect(t, rig.RedisAt(proxy.Port)), "test")
	there := run(t, newVersions(t, connect(t, server.URL()), "test"))
	owner := newID(t)
	before := versionOf(t, there, owner)
	proxy.Cut()
	here.afterWrite(t.Context(), owner, nil)
	if versionOf(t, there, owner) != before {
		t.Fatal("the other process knows of the change without an announcement")
	}
	proxy.Restore()
	awaitOther(t, there, owner, before)
}

// A read-only Redis still publishes, so the other processes learn of a change.
func TestAReadOnlyRedisAnnouncesChanges(t *testing.T) {
	server := ownServer(t)
	client := connect(t, server.URL())
	here, there := newVersions(t, client, "test"), run(t, newVersions(t, client, "test"))
	owner := newID(t)
	before := versionOf(t, there, owner)
	promote := readOnly(server)
	defer promote()
	here.afterWrite(t.Context(), owner, nil)
	rig.Eventually(t, patience, "the versions are unknown or another one", func() bool {
		version, known := there.Version(owner)
		return !known || version != before
	})
}
