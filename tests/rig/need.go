package rig

import (
	"os"
	"os/exec"
	"testing"
)

// Need skips the test when a program is not installed. In CI it fails the test.
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
