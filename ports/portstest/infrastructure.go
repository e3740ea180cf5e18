package portstest

import (
	"os"
	"testing"
)

// Infrastructure is the URL of a real part that the test needs, from a variable
// of the environment: TEST_DATABASE_URL or TEST_REDIS_URL. What is not set is not
// looked for, so that nobody's own database is touched: the test is then not run,
// and says so, or fails under CI=true, where every part must be there.
func Infrastructure(t *testing.T, variable string) string {
	t.Helper()
	url := os.Getenv(variable)
	switch {
	case url != "":
	case os.Getenv("CI") == "true":
		t.Fatalf("%s is not set, and CI must have it", variable)
	default:
		t.Skipf("NOT RUN: %s is not set", variable)
	}
	return url
}
