// Package arch_test checks which packages may import which, and the layout of the repository.
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

// file is a file of the repository.
type file struct {
	path    string   // relative to the root, with slashes
	pkg     string   // the package name of a Go file, "" for another file
	imports []string // packages of this module start with "./"
}

func (f file) isGo() bool   { return strings.HasSuffix(f.path, ".go") }
func (f file) isTest() bool { return strings.HasSuffix(f.path, "_test.go") }
func (f file) dir() string  { return path.Dir(f.path) }

// root is the root of the repository.
var root = filepath.Join("..", "..")

// readTree reads all files of the repository, except in folders that start with a
// dot and in testdata and node_modules. It parses only the imports, so it also
// reads files that do not compile.
func readTree(t *testing.T) (files []file) {
	t.Helper()
	err := filepath.WalkDir(root, func(location string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() {
			return skipDir(location, d.Name())
		}
		rel, err := filepath.Rel(root, location)
		if err != nil {
			return err
		}
		f, err := readFile(location, filepath.ToSlash(rel))
		files = append(files, f)
		return err
	})
	if err != nil {
		t.Fatalf("reading the repository: %v", err)
	}
	return files
}

func skipDir(location, name string) error {
	if location != root && (strings.HasPrefix(name, ".") || name == "testdata" || name == "node_modules") {
		return filepath.SkipDir
	}
	return nil
}

func readFile(location, rel string) (file, error) {
	f := file{path: rel}
	if !f.isGo() {
		return f, nil
	}
	parsed, err := parser.ParseFile(token.NewFileSet(), location, nil, parser.ImportsOnly)
	if err != nil {
		return f, err
	}
	f.pkg = parsed.Name.Name
	for _, spec := range parsed.Imports {
		imported, err := strconv.Unquote(spec.Path.Value)
		if err != nil {
			return f, err
		}
		f.imports = append(f.imports, shorten(imported))
	}
	return f, nil
}

// shorten returns "./core/id" for a package of this module, and other imports unchanged.
func shorten(imported string) string {
	if rest, ok := strings.CutPrefix(imported+"/", module+"/"); ok {
		return "./" + strings.TrimSuffix(rest, "/")
	}
	return imported
}

// under reports whether a path is one of the folders or below one of them.
func under(p string, folders ...string) bool {
	for _, folder := range folders {
		if p == folder || strings.HasPrefix(p, folder+"/") {
			return true
		}
	}
	return false
}

// isStd reports whether a package belongs to the standard library. Like the go
// command, it checks that the first element of the path has no dot.
func isStd(imported string) bool {
	first, _, _ := strings.Cut(imported, "/")
	return !strings.Contains(first, ".")
}
