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
package bench

import (
	"cmp"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/kuvaka-tech/parley/tests/rig"
)

var (
	rounds   = flag.Int("rounds", 0, "how often each measurement is repeated, in turn with its limit")
	duration = flag.Duration("duration", 10*time.Second, "how long one measurement lasts")
	baseline = flag.String("baseline", "", "binary of another build of Parley, for TestBuilds")
)

func TestMain(m *testing.M) {
	if addr := os.Getenv(bareAddr); addr != "" {
		serveBare(addr)
		return
	}
	os.Exit(m.Run())
}

// stack is a Postgres, a Redis and a build of Parley.
type stack struct {
	*testing.T
	postgres *rig.Postgres
	redis    *rig.Redis
	binary   string
	env      []string
}

// stopTimeout is longer than a process may take to stop.
const stopTimeout = 30 * time.Second

const secret = "the key that all processes share"

func newStack(t *testing.T) *stack {
	t.Helper()
	if *rounds == 0 {
		t.Skip("NOT RUN: needs -rounds 5; starts a Postgres and a Redis and takes minutes")
	}
	rig.Need(t, "wrk", "pgbench")
	s := &stack{
		T:        t,
		postgres: rig.NewPostgres(t, "synchronous_commit=on", "fsync=on"),
		redis: rig.NewRedis(t,
			"--appendonly", "yes", "--appendfsync", "everysec", "--maxmemory-policy", "noeviction"),
		binary: filepath.Join(t.TempDir(), "parley"),
	}
	if err := rig.Build(s.binary); err != nil {
		t.Fatalf("build Parley: %v", err)
	}
	s.env = []string{
		"DATABASE_URL=" + s.postgres.URL(s.migrated("parley")),
		"REDIS_URL=" + s.redis.URL(),
		"SECRET_KEY=" + secret,
		"BASIC_DAILY_LIMIT=1000000000",
		"USER_CONCURRENCY=0",
		"ECHO_LATENCY=0s",
		rig.Trust,
	}
	return s
}

// start starts a process in a role, with variables in addition to those of the stack.
func (s *stack) start(role string, env ...string) *rig.Parley {
	s.Helper()
	return rig.NewParley(s, s.binary, role, append(s.env, env...)...)
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

// series are the results of the rounds.
type series []float64

func (s series) median() float64 {
	sorted := slices.Sorted(slices.Values(s))
	return (sorted[(len(sorted)-1)/2] + sorted[len(sorted)/2]) / 2
}

func (s series) String() string {
	return fmt.Sprintf("%.4g (%.4g to %.4g)", s.median(), slices.Min(s), slices.Max(s))
}

// compare measures Parley and its limit in turn and logs both and their ratio. Each is
// measured first in every other round.
func (s *stack) compare(what string, parley, limit func() float64) {
	s.Helper()
	var ours, theirs, ratios series
	for round := range *rounds {
		var a, b float64
		if round%2 == 0 {
			a = parley()
			b = limit()
		} else {
			b = limit()
			a = parley()
		}
		ours = append(ours, a)
		theirs = append(theirs, b)
		ratios = append(ratios, a/b)
	}
	s.Logf("%s, median of %d rounds of %s (lowest to highest): ratio %s; Parley %s a second, limit %s",
		what, *rounds, *duration, ratios, ours, theirs)
}

// quantile returns the value that a share of the durations do not exceed.
func quantile(all []time.Duration, share float64) time.Duration {
	sorted := slices.SortedFunc(slices.Values(all), cmp.Compare[time.Duration])
	return sorted[min(len(sorted)-1, int(share*float64(len(sorted))))]
}
