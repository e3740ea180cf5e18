//go:build linux

package redis

import (
	"testing"

	"github.com/kuvaka-tech/parley/ports/portstest"
	"github.com/kuvaka-tech/parley/tests/rig"
)

// ownServer starts a Redis server that only this test uses, so the test may stop it.
func ownServer(t *testing.T) *rig.Redis {
	t.Helper()
	portstest.Infrastructure(t, "TEST_REDIS_URL") // skips the test on machines without Redis
	return rig.NewRedis(t)
}

// outage makes a server unavailable and returns a function that ends the outage.
type outage func(server *rig.Redis) (end func())

// eachOutage runs a test once per kind of outage.
func eachOutage(t *testing.T, outages map[string]outage, test func(t *testing.T, begin outage)) {
	for name, begin := range outages {
		t.Run(name, func(t *testing.T) { test(t, begin) })
	}
}

func killed(server *rig.Redis) (restart func()) {
	server.Kill()
	return server.Start
}

func frozen(server *rig.Redis) (thaw func()) { return server.Freeze() }

// readOnly makes the server a replica, which refuses writes.
func readOnly(server *rig.Redis) (promote func()) {
	replicate(server, "127.0.0.1", "1")
	return func() { replicate(server, "no", "one") }
}

func replicate(server *rig.Redis, host, port string) {
	server.Helper()
	client := server.Client()
	defer client.Close()
	if err := client.ReplicaOf(server.Context(), host, port).Err(); err != nil {
		server.Fatalf("REPLICAOF %s %s: %v", host, port, err)
	}
}
