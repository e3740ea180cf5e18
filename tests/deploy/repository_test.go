//go:build unix

// Package deploy tests the files that deploy Parley: the Dockerfile, compose.yaml, the
// Caddyfile and the commands of the README.
package deploy

import (
	"os"
	"path/filepath"
	"regexp"
	"testing"
)

const (
	root   = "../.."
	folder = "configs/deploy"
)

// readFile returns the content of a file of the repository.
func readFile(t *testing.T, path string) string {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join(root, path))
	if err != nil {
		t.Fatalf("reading a file of the repository: %v", err)
	}
	return string(raw)
}

// submatch returns the first group of a regular expression, in which ^ and $ match at
// lines. It fails the test when the text does not match.
func submatch(t *testing.T, text, expression string) string {
	t.Helper()
	found := regexp.MustCompile("(?m)" + expression).FindStringSubmatch(text)
	if found == nil {
		t.Fatalf("no line matches %s", expression)
	}
	return found[1]
}
