//go:build linux

// Package fault runs Parley, Postgres, Redis and NATS as real processes. It kills, suspends and
// disconnects them under load. Afterwards, every accepted message must have exactly one reply.
//
//	go test ./tests/fault -real -v                  inject each fault a few times
//	go test ./tests/fault -whole -v -timeout 1h     inject each fault often, with a race detector in Parley
package fault

import (
	"flag"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/kuvaka-tech/parley/tests/rig"
)

var (
	runReal  = flag.Bool("real", false, "run a short form of each test; needs an installed Postgres, Redis and NATS")
	runWhole = flag.Bool("whole", false, "run each test in full, with a race detector in Parley")
	seed     = flag.Uint64("seed", uint64(time.Now().UnixNano()), "seed of the random times of faults")
)

var buildDir string // contains the binary; "" until the first test needs it

// binary builds Parley once and returns the path of the binary.
var binary = sync.OnceValues(func() (path string, err error) {
	buildDir, err = os.MkdirTemp("", "parley-fault-")
	if err != nil {
		return "", err
	}
	var flags []string
	if *runWhole {
		flags = []string{"-race"}
	}
	path = filepath.Join(buildDir, "parley")
	return path, rig.Build(path, flags...)
})

func TestMain(m *testing.M) {
	code := m.Run()
	if buildDir != "" {
		_ = os.RemoveAll(buildDir)
	}
	os.Exit(code)
}

// times returns how often a test repeats something: whole with the flag -whole, otherwise short.
func times(whole, short int) int {
	if *runWhole {
		return whole
	}
	return short
}
