//go:build linux

package bench

import (
	"os"
	"os/exec"
	"testing"
	"time"

	"github.com/kuvaka-tech/parley/tests/rig"
)

func TestParseStat(t *testing.T) {
	const line = "7 (a) b (c) S 3 7 7 0 -1 4194560 1 2 3 4 150 50 20 5 20 0 1 0 99"
	got, err := parseStat([]byte(line))
	want := procStat{parent: 3, own: 2 * time.Second, ended: 250 * time.Millisecond}
	if err != nil || got != want {
		t.Errorf("parseStat returned %+v and the error %v, want %+v", got, err, want)
	}
	for _, bad := range []string{"", "7 (a) S 3", "7 (a) S 3 7 7 0 -1 4194560 1 2 3 4 x 50 20 5"} {
		if got, err := parseStat([]byte(bad)); err == nil {
			t.Errorf("parseStat(%q) = %+v without an error, want an error", bad, got)
		}
	}
}

// The CPU time of a server includes its processes that run and those that have ended.
func TestCPUTimeWithChildrenCountsChildren(t *testing.T) {
	const busy = "i=0; while [ $i -lt 200000 ]; do i=$((i+1)); done"
	before := cpuTimeWithChildren(t, os.Getpid())
	running := exec.Command("sh", "-c", busy+"; echo done; sleep 60")
	out, err := running.StdoutPipe()
	if err != nil {
		t.Fatalf("open the output of a child process: %v", err)
	}
	rig.Spawn(t, running)
	if _, err := out.Read(make([]byte, 1)); err != nil {
		t.Fatalf("wait for a child process: %v", err)
	}
	own := cpuTime(t, running.Process.Pid)
	if own == 0 {
		t.Fatal("a busy child process used no CPU time, want some")
	}
	if grown := cpuTimeWithChildren(t, os.Getpid()) - before; grown < own {
		t.Errorf("a running child process used %s, but the sum grew by %s", own, grown)
	}
	if err := exec.Command("sh", "-c", busy).Run(); err != nil {
		t.Fatalf("run a child process: %v", err)
	}
	if ended := statOf(t, os.Getpid()).ended; ended == 0 {
		t.Error("child processes that have ended used no CPU time, want some")
	}
}
