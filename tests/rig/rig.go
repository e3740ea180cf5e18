//go:build linux

// Package rig starts real processes for the fault tests and the benchmarks: Postgres,
// Redis, NATS, Parley, and proxies between them that disconnect and delay. All listen on
// loopback, and all end with the test. Package harness runs Parley inside the test.
package rig

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"syscall"
	"testing"
	"time"
)

// Port returns a free port below the range that the kernel uses for outgoing connections.
func Port(t testing.TB) int {
	t.Helper()
	for range 100 {
		port := 20000 + rand.IntN(12000)
		if l, err := net.Listen("tcp", Loopback(port)); err == nil {
			l.Close()
			return port
		}
	}
	t.Fatal("found no free port in 100 tries")
	return 0
}

// isListening returns whether a server accepts connections on a port.
func isListening(port int) bool {
	conn, err := net.Dial("tcp", Loopback(port))
	if err != nil {
		return false
	}
	conn.Close()
	return true
}

// Loopback returns host:port of a port on loopback.
func Loopback(port int) string { return fmt.Sprintf("127.0.0.1:%d", port) }

// Spawn starts a process that ends with the test, and also when the test process is killed.
func Spawn(t testing.TB, cmd *exec.Cmd) {
	t.Helper()
	endWithTest(cmd, nil)
	if err := spawn(cmd); err != nil {
		t.Fatalf("start %s: %v", cmd.Path, err)
	}
	t.Cleanup(func() { _ = cmd.Process.Kill(); _ = cmd.Wait() })
}

// endWithTest makes the kernel kill a process when the test process ends, even if that is killed.
func endWithTest(cmd *exec.Cmd, as *syscall.Credential) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL, Credential: as}
}

// spawn starts a process from a thread that never ends. The kernel sends the signal of
// PR_SET_PDEATHSIG when the parent thread ends, not the parent process (prctl(2)).
func spawn(cmd *exec.Cmd) error {
	started := make(chan error)
	spawner <- func() { started <- cmd.Start() }
	return <-started
}

// signal sends a signal to a process. It fails the test when the process has ended.
func signal(t testing.TB, cmd *exec.Cmd, s os.Signal) {
	t.Helper()
	if err := cmd.Process.Signal(s); err != nil {
		t.Fatalf("send %s to %s: %v", s, cmd.Path, err)
	}
}

// freeze suspends a process until thaw is called. It returns when all threads of the process
// are stopped, because the kernel stops them some time after the signal.
func freeze(t testing.TB, cmd *exec.Cmd) (thaw func()) {
	t.Helper()
	signal(t, cmd, syscall.SIGSTOP)
	Eventually(t, time.Minute, "all threads are stopped", func() bool { return isStopped(t, cmd.Process.Pid) })
	return func() {
		t.Helper()
		signal(t, cmd, syscall.SIGCONT)
	}
}

// isStopped reports whether all threads of a process are stopped (proc(5), state T).
func isStopped(t testing.TB, pid int) bool {
	t.Helper()
	threads, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/stat", pid))
	if err != nil || len(threads) == 0 {
		t.Fatalf("list the threads of process %d: %d threads, %v", pid, len(threads), err)
	}
	return !slices.ContainsFunc(threads, func(path string) bool {
		stat, err := os.ReadFile(path)
		_, state, _ := bytes.Cut(stat, []byte(") "))
		return err == nil && !bytes.HasPrefix(state, []byte("T"))
	})
}
