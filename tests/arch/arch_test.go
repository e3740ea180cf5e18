package arch_test

import (
	"slices"
	"testing"
)

func TestRules(t *testing.T) {
	files := readTree(t)
	for _, r := range rules {
		t.Run(r.name, func(t *testing.T) {
			for _, f := range files {
				for _, violation := range r.violations(f) {
					t.Errorf("%s: %s\n\tbreaks the rule: %s\n\treason: %s", f.path, violation, r.name, r.reason)
				}
			}
		})
	}
}

// TestRules would pass if readTree returned no files.
func TestReadTree(t *testing.T) {
	files := readTree(t)
	find := func(path string) file {
		t.Helper()
		i := slices.IndexFunc(files, func(f file) bool { return f.path == path })
		if i < 0 {
			t.Fatalf("readTree did not read %s", path)
		}
		return files[i]
	}
	find("go.mod")
	session := find("core/session/session.go")
	imports := []string{"time", "./core/fault", "./core/id"}
	if session.pkg != "session" || !slices.Equal(session.imports, imports) {
		t.Errorf("readTree read %+v, want the package session with the imports %q", session, imports)
	}
	const jwt = "github.com/golang-jwt/jwt/v5"
	if f := find("adapters/token/jwt.go"); !slices.Contains(f.imports, jwt) {
		t.Errorf("readTree read %+v, want the import %s", f, jwt)
	}
	if f := find("tests/arch/arch_test.go"); !f.isTest() || f.pkg != "arch_test" {
		t.Errorf("readTree read %+v, want a test of the package arch_test", f)
	}
	for _, f := range files {
		if f.isGo() && f.pkg == "" {
			t.Errorf("readTree read no package name of %s", f.path)
		}
	}
}

func TestMathRandUsersAreNeeded(t *testing.T) {
	used := map[string]bool{}
	for _, f := range readTree(t) {
		for _, imported := range f.imports {
			if under(imported, "math/rand") && !f.isTest() {
				used[f.dir()] = true
			}
		}
	}
	for folder, reason := range mathRandUsers {
		if !used[folder] || reason == "" {
			t.Errorf("%s may use math/rand (reason %q), but does not", folder, reason)
		}
	}
}

func TestShorten(t *testing.T) {
	for imported, want := range map[string]string{
		module:                 "./",
		module + "/core/id":    "./core/id",
		module + "-tools/core": module + "-tools/core",
		"net/http":             "net/http",
		"go.uber.org/fx":       "go.uber.org/fx",
	} {
		if got := shorten(imported); got != want {
			t.Errorf("shorten(%s) = %s, want %s", imported, got, want)
		}
	}
}
