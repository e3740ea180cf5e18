package portstest

import (
	"os"
	"testing"
)

// Infrastructure returns the URL of a real server from an environment variable:
// TEST_DATABASE_URL or TEST_REDIS_URL. If the variable is not set, it skips the
// test, or fails it when CI=true. It never looks for a server at a default
// address, so that no test writes to a database that has another purpose.
func Infrastructure(t *testing.T, variable string) string {
	t.Helper()
	serverURL := os.Getenv(variable)
	switch {
	case serverURL != "":
	case os.Getenv("CI") == "true":
		t.Fatalf("%s is not set, but CI=true requires it", variable)
	default:
		t.Skipf("NOT RUN: %s is not set", variable)
	}
	return serverURL
}
