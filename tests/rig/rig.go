//go:build linux

// Package rig starts, for the tests of faults and of speed, what those need as
// processes of their own: Postgres, Redis, Parley, and between them proxies
// that cut and delay. All listen on loopback, and all end with the test.
package rig

import (
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"
)

// Need skips the test where a program is not installed; in CI that is a failure.
func Need(t testing.TB, programs ...string) {
	t.Helper()
	for _, p := range programs {
		if _, err := exec.LookPath(p); err == nil {
			continue
		}
		if os.Getenv("CI") == "true" {
			t.Fatalf("%s is not installed", p)
		}
		t.Skipf("NOT RUN: %s is not installed", p)
	}
}

// Port is free, and below those that the kernel gives to clients.
func Port(t testing.TB) int {
	t.Helper()
	for range 100 {
		port := 20000 + rand.IntN(12000)
		if l, err := net.Listen("tcp", Loopback(port)); err == nil {
			l.Close()
			return port
		}
	}
	t.Fatal("no port is free")
	return 0
}

// Loopback is a port's address.
func Loopback(port int) string { return fmt.Sprintf("127.0.0.1:%d", port) }

// Eventually fails the test unless ok comes true within a time, which is returned.
func Eventually(t testing.TB, within time.Duration, what string, ok func() bool) time.Duration {
	t.Helper()
	began := time.Now()
	for !ok() {
		if time.Since(began) > within {
			t.Fatalf("not within %s: %s", within, what)
		}
		time.Sleep(10 * time.Millisecond)
	}
	return time.Since(began)
}

// Spawn starts a process that ends with the test, or when the test's own does, however that ends.
func Spawn(t testing.TB, cmd *exec.Cmd) {
	t.Helper()
	mortal(cmd, nil)
	if err := spawn(cmd); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cmd.Process.Kill(); _ = cmd.Wait() })
}

// mortal makes a process end when the test's does, however that ends.
func mortal(cmd *exec.Cmd, as *syscall.Credential) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL, Credential: as}
}

// spawn starts a process from a thread that lives as long as the test's
// process: one that ended would take its children with it (prctl(2), PR_SET_PDEATHSIG).
func spawn(cmd *exec.Cmd) error {
	started := make(chan error)
	spawner <- func() { started <- cmd.Start() }
	return <-started
}

// signal sends one, and fails the test when the process is gone.
func signal(t testing.TB, cmd *exec.Cmd, s os.Signal) {
	t.Helper()
	if err := cmd.Process.Signal(s); err != nil {
		t.Fatalf("%s to %s: %v", s, cmd.Path, err)
	}
}

// tail is the end of a log.
func tail(log string) string {
	lines := strings.Split(strings.TrimSpace(log), "\n")
	return strings.Join(lines[max(0, len(lines)-30):], "\n")
}
