//go:build linux

package bench

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/kuvaka-tech/parley/tests/rig"
)

// procStat is what proc(5), stat, says about a process.
type procStat struct {
	parent int
	own    time.Duration // CPU time of the process so far, user and system
	ended  time.Duration // CPU time of its child processes that have ended
}

// parseStat returns what the content of /proc/PID/stat says. The name of the program in it may
// contain spaces and brackets.
func parseStat(raw []byte) (procStat, error) {
	fields := bytes.Fields(raw[bytes.LastIndexByte(raw, ')')+1:]) // the first one is field 3
	var n [5]int
	for i, field := range [...]int{4, 14, 15, 16, 17} { // ppid, utime, stime, cutime, cstime
		if len(fields) <= field-3 {
			return procStat{}, fmt.Errorf("%q has no field %d", raw, field)
		}
		var err error
		if n[i], err = strconv.Atoi(string(fields[field-3])); err != nil {
			return procStat{}, fmt.Errorf("field %d of %q: %w", field, raw, err)
		}
	}
	const tick = time.Second / 100 // USER_HZ of Linux
	return procStat{
		parent: n[0],
		own:    time.Duration(n[1]+n[2]) * tick,
		ended:  time.Duration(n[3]+n[4]) * tick,
	}, nil
}

// statOf returns what proc(5) says about a running process.
func statOf(t testing.TB, pid int) procStat {
	t.Helper()
	raw, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		t.Fatalf("read stat: %v", err)
	}
	stat, err := parseStat(raw)
	if err != nil {
		t.Fatalf("parse stat: %v", err)
	}
	return stat
}

// cpuTime returns the CPU time of a process so far, without its child processes.
func cpuTime(t testing.TB, pid int) time.Duration {
	t.Helper()
	return statOf(t, pid).own
}

// cpuTimeWithChildren returns the CPU time so far of a process and of its child processes, also of
// those that have ended.
func cpuTimeWithChildren(t testing.TB, pid int) time.Duration {
	t.Helper()
	paths, err := filepath.Glob("/proc/[0-9]*/stat")
	if err != nil {
		t.Fatalf("list the processes: %v", err)
	}
	var children time.Duration
	for _, path := range paths {
		raw, err := os.ReadFile(path)
		if err != nil {
			continue // the process has ended
		}
		if stat, err := parseStat(raw); err == nil && stat.parent == pid {
			children += stat.own
		}
	}
	stat := statOf(t, pid)
	return stat.own + stat.ended + children
}

// shareOfCore returns by how much a CPU time grows in a time, in percent of one core.
func shareOfCore(in time.Duration, cpuTime func() time.Duration) float64 {
	before, began := cpuTime(), time.Now()
	time.Sleep(in)
	return 100 * (cpuTime() - before).Seconds() / time.Since(began).Seconds()
}

// pss returns the proportional set size of a process in MB (proc(5), smaps_rollup).
func pss(t testing.TB, p *rig.Parley) float64 {
	t.Helper()
	raw, err := os.ReadFile(fmt.Sprintf("/proc/%d/smaps_rollup", p.PID()))
	if err != nil {
		t.Fatalf("read smaps_rollup: %v", err)
	}
	for line := range strings.Lines(string(raw)) {
		if rest, found := strings.CutPrefix(line, "Pss:"); found {
			kB, err := strconv.Atoi(strings.Fields(rest)[0])
			if err != nil {
				t.Fatalf("parse %q: %v", line, err)
			}
			return float64(kB) / 1000
		}
	}
	t.Fatal("smaps_rollup has no line Pss")
	return 0
}
