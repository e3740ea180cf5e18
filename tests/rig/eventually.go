package rig

import (
	"testing"
	"time"
)

// Eventually polls ok until it returns true, and returns how long that took. It fails the
// test after the time within.
func Eventually(t testing.TB, within time.Duration, what string, ok func() bool) time.Duration {
	t.Helper()
	began := time.Now()
	for !ok() {
		if time.Since(began) > within {
			t.Fatalf("after %s still not true: %s", within, what)
		}
		time.Sleep(10 * time.Millisecond)
	}
	return time.Since(began)
}
