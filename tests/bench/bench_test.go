//go:build linux

// Package bench measures Parley on Postgres (synchronous_commit on) and Redis (AOF
// everysec). It alternates each measurement with a limit of the same machine: pgbench
// doing the same writes, or a bare handler that verifies a token. Compare the medians
// of the ratios, because absolute times depend on the machine.
//
//	go test ./tests/bench -v -rounds 5 -timeout 1h
//
// To compare two builds of Parley, give the binary of the other one:
//
//	go test ./tests/bench -v -rounds 10 -run Builds -baseline /path/to/parley -timeout 1h
//
// TestPeers compares Parley with systems that people would build instead.
//
// The measurements of event streams run on memory, and on Postgres and Redis. Their
// comments have their commands.
package bench

import (
	"flag"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/kuvaka-tech/parley/tests/rig"
)

var (
	rounds   = flag.Int("rounds", 0, "how often each measurement is repeated, in turn with its limit")
	duration = flag.Duration("duration", 10*time.Second, "how long one measurement lasts")
	baseline = flag.String("baseline", "", "binary of another build of Parley, for TestBuilds and TestBacklogs")
)

func TestMain(m *testing.M) {
	if addr := os.Getenv(bareAddr); addr != "" {
		serveBare(addr)
		return
	}
	os.Exit(m.Run())
}

// stack is a build of Parley and what it needs.
type stack struct {
	*testing.T
	postgres *rig.Postgres // nil on memory, as redis
	redis    *rig.Redis
	binary   string
	env      []string
}

// stopTimeout is longer than a process may take to stop.
const stopTimeout = 30 * time.Second

const secret = "the key that all processes share"

func newStack(t *testing.T) *stack {
	t.Helper()
	s := newMemoryStack(t)
	rig.Need(t, "wrk", "pgbench")
	s.addDatabases()
	return s
}

// newMemoryStack returns a stack without Postgres and Redis.
func newMemoryStack(t *testing.T) *stack {
	t.Helper()
	if *rounds == 0 {
		t.Skip("NOT RUN: needs -rounds 5; starts real processes and takes minutes")
	}
	s := &stack{T: t, binary: filepath.Join(t.TempDir(), "parley")}
	if err := rig.Build(s.binary); err != nil {
		t.Fatalf("build Parley: %v", err)
	}
	s.env = []string{
		"SECRET_KEY=" + secret,
		"BASIC_DAILY_LIMIT=1000000000",
		"USER_CONCURRENCY=0",
		"USER_BACKLOG=0",
		"USER_REQUESTS=0",
		"ECHO_LATENCY=0s",
		rig.Trust,
	}
	return s
}

// addDatabases starts a Postgres with the database parley, and a Redis.
func (s *stack) addDatabases() {
	s.Helper()
	s.postgres = rig.NewPostgres(s, "synchronous_commit=on", "fsync=on")
	s.redis = rig.NewRedis(s,
		"--appendonly", "yes", "--appendfsync", "everysec", "--maxmemory-policy", "noeviction")
	s.env = append(s.env, "DATABASE_URL="+s.postgres.URL(s.migrated("parley")), "REDIS_URL="+s.redis.URL())
}

// start starts a process in a role, with variables in addition to those of the stack.
func (s *stack) start(role string, env ...string) *rig.Parley {
	s.Helper()
	return rig.NewParley(s, s.binary, role, slices.Concat(s.env, env)...)
}

// migrated creates a database with the schema and returns its name.
func (s *stack) migrated(database string) string {
	s.Helper()
	migrate := exec.Command(s.binary, "migrate")
	migrate.Env = []string{"DATABASE_URL=" + s.postgres.URL(s.postgres.CreateDatabase(database))}
	if out, err := migrate.CombinedOutput(); err != nil {
		s.Fatalf("parley migrate: %v\n%s", err, out)
	}
	return database
}

// concurrently calls f with 0 to n-1, from a few goroutines.
func (s *stack) concurrently(n int, f func(i int)) {
	next := make(chan int)
	var running sync.WaitGroup
	for range 32 {
		running.Go(func() {
			for i := range next {
				f(i)
			}
		})
	}
	for i := range n {
		next <- i
	}
	close(next)
	running.Wait()
}
