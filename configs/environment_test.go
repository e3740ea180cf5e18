package configs

import (
	"maps"
	"slices"
	"strings"
	"testing"
)

// environment holds the variables of one test. Values that contain "canary" must
// not appear in a problem.
type environment map[string]string

// with returns the environment with more variables, which replace those of the same name.
func (e environment) with(more environment) environment {
	all := maps.Clone(e)
	maps.Copy(all, more)
	return all
}

// without returns the environment without one variable.
func (e environment) without(variable string) environment {
	rest := maps.Clone(e)
	delete(rest, variable)
	return rest
}

func (e environment) get(variable string) string { return e[variable] }

// load returns the configuration and fails the test if it has problems.
func (e environment) load(t *testing.T) Config {
	t.Helper()
	c, err := Load(e.get)
	if err != nil {
		t.Fatalf("Load(%q) failed: %v", e, err)
	}
	return c
}

// problems returns the lines of Load's error, sorted.
func (e environment) problems() []string {
	_, err := Load(e.get)
	return linesOf(err)
}

// wantProblems fails the test unless Load reports problems for exactly these
// variables. Several problems with one variable count as one.
func (e environment) wantProblems(t *testing.T, variables ...string) {
	t.Helper()
	lines := e.problems()
	want := slices.Sorted(slices.Values(variables))
	if got := variablesOf(lines); !slices.Equal(got, want) {
		t.Errorf("Load(%q) has problems with %q, want %q", e, got, want)
	}
	for _, line := range lines {
		if strings.Contains(line, "canary") {
			t.Errorf("Load(%q) reports %q, which contains a value", e, line)
		}
	}
}

// linesOf returns the lines of an error, sorted.
func linesOf(err error) []string {
	if err == nil {
		return nil
	}
	lines := strings.Split(err.Error(), "\n")
	slices.Sort(lines)
	return lines
}

// variablesOf returns the variables that sorted problems begin with, each once.
func variablesOf(lines []string) []string {
	var names []string
	for _, line := range lines {
		name, _, _ := strings.Cut(line, ":")
		names = append(names, name)
	}
	return slices.Compact(names)
}
