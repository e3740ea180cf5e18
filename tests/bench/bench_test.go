//go:build linux

// Package bench measures Parley on Postgres (synchronous_commit on) and Redis
// (AOF everysec), in turns with the limits that the same machine has in the same
// minutes: Postgres doing the same writes for pgbench, and a bare handler that
// verifies a token. What is compared are the ratios' medians; these machines are noisy.
//
//	go test ./tests/bench -v -rounds 5 -timeout 1h
//	go test ./tests/bench -v -rounds 5 -run Accept -cpuprofile …   is of the bench, not of Parley
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
	rounds = flag.Int("rounds", 0, "how often each is measured, in turns with its limit")
	lasts  = flag.Duration("lasts", 10*time.Second, "how long one measurement lasts")
)

func TestMain(m *testing.M) {
	if addr := os.Getenv(bareAddr); addr != "" {
		serveBare(addr)
		return
	}
	os.Exit(m.Run())
}

// stack is what Parley runs on.
type stack struct {
	*testing.T
	postgres *rig.Postgres
	redis    *rig.Redis
	binary   string
	env      []string
}

// stopWithin is more than a process may take to stop.
const stopWithin = 30 * time.Second

const secret = "a key that all processes have in common"

func newStack(t *testing.T) *stack {
	t.Helper()
	if *rounds == 0 {
		t.Skip("NOT RUN: give -rounds 5; it starts a Postgres and a Redis and takes minutes")
	}
	rig.Need(t, "wrk", "pgbench")
	s := &stack{T: t, postgres: rig.NewPostgres(t, "synchronous_commit=on", "fsync=on"), binary: filepath.Join(t.TempDir(), "parley"),
		redis: rig.NewRedis(t, "--appendonly", "yes", "--appendfsync", "everysec", "--maxmemory-policy", "noeviction")}
	if err := rig.Build(s.binary); err != nil {
		t.Fatal(err)
	}
	s.env = []string{"DATABASE_URL=" + s.postgres.URL(s.migrated("parley")), "REDIS_URL=" + s.redis.URL(), "SECRET_KEY=" + secret,
		"BASIC_DAILY_LIMIT=1000000000", "USER_CONCURRENCY=0", "ECHO_LATENCY=0s", rig.Trust}
	return s
}

func (s *stack) start(role string, env ...string) *rig.Parley {
	s.Helper()
	return rig.NewParley(s, s.binary, role, append(s.env, env...)...)
}

// migrated makes a database with the schema, and returns its name.
func (s *stack) migrated(database string) string {
	s.Helper()
	migrate := exec.Command(s.binary, "migrate")
	migrate.Env = []string{"DATABASE_URL=" + s.postgres.URL(s.postgres.Make(database))}
	if out, err := migrate.CombinedOutput(); err != nil {
		s.Fatalf("parley migrate: %v\n%s", err, out)
	}
	return database
}

// series are figures of one kind.
type series []float64

func (s series) median() float64 {
	sorted := slices.Sorted(slices.Values(s))
	return (sorted[(len(sorted)-1)/2] + sorted[len(sorted)/2]) / 2
}

func (s series) String() string {
	return fmt.Sprintf("%.4g (%.4g to %.4g)", s.median(), slices.Min(s), slices.Max(s))
}

// duel measures Parley and its limit in turns, each going first every other
// time, and logs both and the ratio.
func (s *stack) duel(what string, parley, limit func() float64) {
	s.Helper()
	var ours, theirs, ratios series
	for round := range *rounds {
		var a, b float64
		if round%2 == 0 {
			a, b = parley(), limit()
		} else {
			b, a = limit(), parley()
		}
		ours, theirs, ratios = append(ours, a), append(theirs, b), append(ratios, a/b)
	}
	s.Logf("%s, median of %d rounds of %s (from to): ratio %s; Parley %s a second, limit %s", what, *rounds, *lasts, ratios, ours, theirs)
}

// quantile is the value that a share of the durations do not exceed.
func quantile(all []time.Duration, share float64) time.Duration {
	sorted := slices.SortedFunc(slices.Values(all), cmp.Compare[time.Duration])
	return sorted[min(len(sorted)-1, int(share*float64(len(sorted))))]
}
