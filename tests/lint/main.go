// Command lint reports Go habits of this project that no public linter checks:
//
//	go run ./tests/lint ./...
//
// It prints one line for each place and exits with 1 if there are any. The other
// habits are checked by revive (.ci/revive.toml) and staticcheck.
package main

import (
	"cmp"
	"fmt"
	"go/ast"
	"go/token"
	"os"
	"path/filepath"
	"slices"

	"golang.org/x/tools/go/packages"
)

// check inspects one node of a file and reports problems.
type check func(p *pass, n ast.Node)

var checks = []check{unkeyedLiteral, manyAssignments, sideEffectInIf, failureWithoutWords}

// pass is one type-checked package and the problems found in it.
type pass struct {
	*packages.Package
	problems map[string]token.Position // by message, because test variants of a package repeat its files
}

func (p *pass) report(n ast.Node, message string) {
	at := p.Fset.Position(n.Pos())
	if dir, err := os.Getwd(); err == nil {
		at.Filename, _ = filepath.Rel(dir, at.Filename)
	}
	p.problems[fmt.Sprintf("%s:%d: %s", at.Filename, at.Line, message)] = at
}

func main() {
	problems, err := lint(os.Args[1:])
	for _, p := range problems {
		fmt.Println(p)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "lint:", err)
	}
	if err != nil || len(problems) > 0 {
		os.Exit(1)
	}
}

// lint returns the problems in the packages that match the patterns, sorted by
// position. It fails when a package cannot be loaded.
func lint(patterns []string) ([]string, error) {
	loaded, err := packages.Load(&packages.Config{
		Mode: packages.NeedName | packages.NeedFiles | packages.NeedImports |
			packages.NeedTypes | packages.NeedTypesInfo | packages.NeedSyntax,
		Tests: true,
	}, patterns...)
	if err != nil {
		return nil, fmt.Errorf("loading packages: %w", err)
	}
	problems := map[string]token.Position{}
	for _, pkg := range loaded {
		if len(pkg.Errors) > 0 {
			return nil, pkg.Errors[0]
		}
		run(&pass{Package: pkg, problems: problems})
	}
	return sorted(problems), nil
}

func run(p *pass) {
	for _, file := range p.Syntax {
		if ast.IsGenerated(file) {
			continue
		}
		ast.Inspect(file, func(n ast.Node) bool {
			for _, c := range checks {
				c(p, n)
			}
			return true
		})
	}
}

func sorted(problems map[string]token.Position) []string {
	all := make([]string, 0, len(problems))
	for p := range problems {
		all = append(all, p)
	}
	slices.SortFunc(all, func(a, b string) int {
		x, y := problems[a], problems[b]
		return cmp.Or(cmp.Compare(x.Filename, y.Filename), cmp.Compare(x.Line, y.Line), cmp.Compare(a, b))
	})
	return all
}
