// Package arch_test proves which way dependencies point.
package arch_test

import (
	"go/parser"
	"go/token"
	"io/fs"
	"path"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

const module = "github.com/kuvaka-tech/parley"

// file is one file of the tree. Imports of the module itself begin with "./".
type file struct {
	path    string // from the root, with slashes
	pkg     string // "" unless it is Go
	imports []string
}

func (f file) isGo() bool   { return strings.HasSuffix(f.path, ".go") }
func (f file) isTest() bool { return strings.HasSuffix(f.path, "_test.go") }
func (f file) dir() string  { return path.Dir(f.path) }

// tree reads every file below root but those in dotfolders, testdata and node_modules.
// It parses no further than the imports, so what does not compile is judged as well.
func tree(t *testing.T, root string) (files []file) {
	t.Helper()
	err := filepath.WalkDir(root, func(at string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() {
			return skip(root, at, d.Name())
		}
		rel, err := filepath.Rel(root, at)
		if err != nil {
			return err
		}
		f, err := read(at, filepath.ToSlash(rel))
		files = append(files, f)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

func skip(root, at, name string) error {
	if at != root && (strings.HasPrefix(name, ".") || name == "testdata" || name == "node_modules") {
		return filepath.SkipDir
	}
	return nil
}

func read(at, rel string) (file, error) {
	f := file{path: rel}
	if !f.isGo() {
		return f, nil
	}
	parsed, err := parser.ParseFile(token.NewFileSet(), at, nil, parser.ImportsOnly)
	if err != nil {
		return f, err
	}
	f.pkg = parsed.Name.Name
	for _, spec := range parsed.Imports {
		imported, err := strconv.Unquote(spec.Path.Value)
		if err != nil {
			return f, err
		}
		f.imports = append(f.imports, local(imported))
	}
	return f, nil
}

// local writes the module's own packages as "./core/id".
func local(imported string) string {
	if rest, ours := strings.CutPrefix(imported+"/", module+"/"); ours {
		return "./" + strings.TrimSuffix(rest, "/")
	}
	return imported
}

// under says whether a path is one of the folders or below one.
func under(p string, folders ...string) bool {
	for _, folder := range folders {
		if p == folder || strings.HasPrefix(p, folder+"/") {
			return true
		}
	}
	return false
}

// isStd goes by the first element's dot, as the go command does.
func isStd(imported string) bool {
	first, _, _ := strings.Cut(imported, "/")
	return !strings.Contains(first, ".")
}
