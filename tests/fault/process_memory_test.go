//go:build linux

package fault

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/kuvaka-tech/parley/tests/rig"
)

// plainBinary builds Parley once without a race detector, which needs several times the memory.
var plainBinary = sync.OnceValues(func() (path string, err error) {
	path = filepath.Join(buildDir, "parley-plain")
	return path, rig.Build(path)
})

// startWithoutRaceDetector is start for a process whose memory is measured.
func (s *stack) startWithoutRaceDetector(role string) *rig.Parley {
	s.Helper()
	path, err := binary() // creates buildDir
	if err == nil && *runWhole {
		path, err = plainBinary()
	}
	if err != nil {
		s.Fatalf("build Parley: %v", err)
	}
	return rig.NewParley(s, path, role, slices.Concat(s.env, []string{"USER_REQUESTS=32"})...)
}

// memoryOf returns the resident memory of a process in MB (proc(5), VmRSS).
func memoryOf(t testing.TB, p *rig.Parley) int {
	t.Helper()
	raw, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", p.PID()))
	if err != nil {
		t.Fatalf("read the status of the process: %v", err)
	}
	lines := slices.Collect(strings.Lines(string(raw)))
	i := slices.IndexFunc(lines, func(line string) bool { return strings.HasPrefix(line, "VmRSS:") })
	kb := 0
	if _, err := fmt.Sscanf(lines[max(i, 0)], "VmRSS: %d kB", &kb); err != nil {
		t.Fatalf("parse the resident memory: %v", err)
	}
	return kb >> 10
}
