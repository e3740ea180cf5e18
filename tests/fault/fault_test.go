//go:build linux

// Package fault kills, freezes and cuts off the real parts, as processes of
// their own, and looks whether anything accepted was lost or answered twice.
//
//	go test ./tests/fault -real                  a short form of each
//	go test ./tests/fault -whole -timeout 1h     as often as is promised, and with a race detector in the program
package fault

import (
	"flag"
	"math/rand/v2"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/kuvaka-tech/parley/tests/rig"
)

var (
	whole = flag.Bool("whole", false, "run every fault as often as is promised, and the program with a race detector")
	seed  = flag.Uint64("seed", uint64(time.Now().UnixNano()), "of the moments that faults are at")
	real  = flag.Bool("real", false, "run a short form; Postgres and Redis must be installed, and are started by the tests")
)

// binary is where the program is, built when the first test needs it.
var binary = sync.OnceValues(func() (file string, err error) {
	dir, err := os.MkdirTemp("", "parley-fault-")
	if err != nil {
		return "", err
	}
	built = append(built, dir)
	var flags []string
	if *whole {
		flags = []string{"-race"}
	}
	file = filepath.Join(dir, "parley")
	return file, rig.Build(file, flags...)
})

var built []string // to be removed

func TestMain(m *testing.M) {
	code := m.Run()
	for _, dir := range built {
		_ = os.RemoveAll(dir)
	}
	os.Exit(code)
}

// times is how often a fault happens: so often as is promised, or less.
func times(promised, short int) int {
	if *whole {
		return promised
	}
	return short
}

// stack is Postgres and Redis behind proxies, a model, and the program to be run on them.
type stack struct {
	*testing.T
	*rand.Rand
	postgres    *rig.Postgres
	redis       *rig.Redis
	toPostgres  *rig.Proxy
	toRedis     *rig.Proxy
	model       *rig.Model
	environment []string
}

// newStack starts all but the program.
func newStack(t *testing.T, act func(prompt string, call int) rig.Act) *stack {
	t.Helper()
	if !*real && !*whole {
		t.Skip("NOT RUN: give -real, which starts a Postgres and a Redis and takes minutes")
	}
	t.Logf("seed %d", *seed)
	s := &stack{T: t, Rand: rand.New(rand.NewPCG(*seed, 0)), postgres: rig.NewPostgres(t), redis: rig.NewRedis(t), model: rig.NewModel(t, act)}
	s.toPostgres, s.toRedis = rig.NewProxy(t, s.postgres.Port), rig.NewProxy(t, s.redis.Port)
	s.environment = append(s.model.Env(), "DATABASE_URL="+rig.Database(s.toPostgres.Port, s.postgres.Make("parley")), "REDIS_URL="+rig.RedisAt(s.toRedis.Port),
		"SECRET_KEY=a key that all processes have in common", "BASIC_DAILY_LIMIT=1000000", "USER_CONCURRENCY=0", rig.Trust)
	return s
}

// start runs a role of the program.
func (s *stack) start(role string, env ...string) *rig.Parley {
	s.Helper()
	file, err := binary()
	if err != nil {
		s.Fatal(err)
	}
	return rig.NewParley(s, file, role, append(s.environment, env...)...)
}

// between is a moment at random.
func (s *stack) between(least, most time.Duration) time.Duration {
	return least + time.Duration(s.Int64N(int64(most-least)))
}
