package arch_test

import (
	"path/filepath"
	"slices"
	"testing"
)

func TestTree(t *testing.T) {
	files := tree(t, filepath.Join("..", ".."))
	for _, r := range rules {
		t.Run(r.name, func(t *testing.T) {
			for _, f := range files {
				for _, what := range r.breaks(f) {
					t.Errorf("%s: %s\n\tthe rule: %s\n\tits reason: %s", f.path, what, r.name, r.why)
				}
			}
		})
	}
}

// The checks above would pass on an empty tree too.
func TestTreeIsRead(t *testing.T) {
	files := tree(t, filepath.Join("..", ".."))
	find := func(path string) file {
		i := slices.IndexFunc(files, func(f file) bool { return f.path == path })
		if i < 0 {
			t.Fatalf("%s was not read", path)
		}
		return files[i]
	}
	find("go.mod")
	if f := find("core/session/session.go"); f.pkg != "session" || !slices.Equal(f.imports, []string{"time", "./core/fault", "./core/id"}) {
		t.Errorf("read %+v", f)
	}
	if f := find("adapters/token/jwt.go"); !slices.Contains(f.imports, "github.com/golang-jwt/jwt/v5") {
		t.Errorf("read %+v", f)
	}
	if f := find("tests/arch/arch_test.go"); !f.isTest() || f.pkg != "arch_test" {
		t.Errorf("read %+v", f)
	}
	for _, f := range files {
		if f.isGo() && f.pkg == "" {
			t.Errorf("%s has no package", f.path)
		}
	}
}

func TestAllowancesAreUsed(t *testing.T) {
	used := map[string]bool{}
	for _, f := range tree(t, filepath.Join("..", "..")) {
		for _, imp := range f.imports {
			used[f.dir()] = used[f.dir()] || under(imp, "math/rand") && !f.isTest()
		}
	}
	for folder, why := range guessable {
		if !used[folder] || why == "" {
			t.Errorf("%s is allowed math/rand (%q) and does without it", folder, why)
		}
	}
}

func TestLocal(t *testing.T) {
	for imported, want := range map[string]string{
		module: "./", module + "/core/id": "./core/id", module + "-tools/core": module + "-tools/core",
		"net/http": "net/http", "go.uber.org/fx": "go.uber.org/fx",
	} {
		if got := local(imported); got != want {
			t.Errorf("%s became %s, want %s", imported, got, want)
		}
	}
}
