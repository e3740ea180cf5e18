//go:build linux

package bench

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/kuvaka-tech/parley/tests/rig"
)

// Parley, compared with systems that people would build instead, on the same machine and in turn:
//   - Node: Fastify, pg, ioredis and BullMQ (peers/node), with an API process for each core;
//   - minimal Go: one handler, one statement and a stream of Redis (peers/minimalgo);
//   - the limits of the machine: a bare chi handler for lists, pgbench for accepted messages.
//
// All systems use the same Postgres and Redis, with a database each, and have the same users and
// rooms. All call the same model over HTTP, a server in the test process that speaks the protocol
// of Gemini: Parley streams the answers, the others do not. All have a long-poll for an answer, and
// the clients of all use it.
//
// Each system is first measured once without a result, and each round begins with another system.
// The ratios are those of Parley to another system in the same round. The peers have only what
// the measurements need: no idempotency keys, no rate limits, no events, no metrics and no log of
// requests, and minimal Go does not recover after a crash. Parley logs to a file.
//
// Every measurement checks its answers: lists before and after each load, the number and the
// content of the rows and the jobs after each load, and the text of each answer. When one is
// wrong, the test fails and prints no result at all.
//
//	go test ./tests/bench -v -rounds 5 -run TestPeers -timeout 1h
//
// It needs wrk, pgbench, node and npm, which installs the packages of the Node peer.
func TestPeers(t *testing.T) {
	p := newPeers(t)
	for _, m := range []struct {
		name    string
		measure func(*peers)
	}{
		{"cached lists", (*peers).measureLists},
		{"accepted messages", (*peers).measureAccepts},
		{"messages sent together", (*peers).measureTogether},
		{"one message at a time", (*peers).measureOneAtATime},
	} {
		measured := t.Run(m.name, func(t *testing.T) { m.measure(p.withDatabases(t)) })
		if !measured {
			t.FailNow()
		}
	}
	t.Logf("medians of %d rounds (lowest to highest)\n%s", *rounds, p.report)
}

// peers are the systems of TestPeers.
type peers struct {
	*stack
	modules   string // folder of the Node peer with its packages
	minimalGo string // binary of the minimal Go peer
	report    *strings.Builder

	model   *rig.Model    // speaks the protocol of Gemini; all systems call it over HTTP
	latency *atomic.Int64 // of the model, in nanoseconds
}

// newPeers builds and installs the systems.
func newPeers(t *testing.T) *peers {
	t.Helper()
	s := newMemoryStack(t)
	rig.Need(t, "wrk", "pgbench", "node", "npm", "redis-server")
	p := &peers{
		stack:     s,
		modules:   installNode(t),
		minimalGo: filepath.Join(t.TempDir(), "minimalgo"),
		report:    &strings.Builder{},
	}
	if err := rig.BuildCommand("tests/bench/peers/minimalgo", p.minimalGo); err != nil {
		t.Fatalf("build the minimal Go peer: %v", err)
	}
	return p
}

// withDatabases returns the systems with new databases and a new model for one measurement.
func (p *peers) withDatabases(t *testing.T) *peers {
	t.Helper()
	m := *p
	m.stack = &stack{T: t, binary: p.binary}
	m.latency = &atomic.Int64{}
	m.model = rig.NewModel(t, func(string, int) rig.Act {
		return rig.Act{Latency: time.Duration(m.latency.Load())}
	})
	m.env = slices.Concat(p.env, m.model.Env(), []string{fmt.Sprint("WORKER_CONCURRENCY=", peerConcurrency)})
	m.addDatabases()
	m.populate("parley", users)
	m.addRooms("parley")
	for _, database := range []string{"node", "minimalgo"} {
		m.createPeerDatabase(database)
	}
	return &m
}
