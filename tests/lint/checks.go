package main

import (
	"go/ast"
	"go/token"
	"go/types"
	"strings"
	"unicode"
)

const (
	maxUnkeyed  = 3 // fields of a struct literal without keys
	maxAssigned = 3 // values of one assignment
)

// unkeyedLiteral reports struct literals whose fields a reader has to count.
func unkeyedLiteral(p *pass, n ast.Node) {
	lit, ok := n.(*ast.CompositeLit)
	if !ok || len(lit.Elts) <= maxUnkeyed {
		return
	}
	if _, keyed := lit.Elts[0].(*ast.KeyValueExpr); keyed {
		return
	}
	t := p.TypesInfo.TypeOf(lit)
	if pointer, ok := t.Underlying().(*types.Pointer); ok {
		t = pointer.Elem()
	}
	if _, isStruct := t.Underlying().(*types.Struct); isStruct {
		p.report(lit, "a struct literal with more than 3 fields needs keys")
	}
}

// manyAssignments reports assignments whose two sides a reader has to match up.
func manyAssignments(p *pass, n ast.Node) {
	if a, ok := n.(*ast.AssignStmt); ok && len(a.Lhs) > maxAssigned {
		p.report(a, "more than 3 values assigned in one statement")
	}
}

// sideEffectInIf reports if statements whose header changes a variable that
// existed before, other than err and ok.
func sideEffectInIf(p *pass, n ast.Node) {
	i, ok := n.(*ast.IfStmt)
	if !ok {
		return
	}
	switch s := i.Init.(type) {
	case *ast.IncDecStmt, *ast.SendStmt, *ast.ExprStmt:
		p.report(i, "the header of an if has a side effect: put it on a line before")
	case *ast.AssignStmt:
		if s.Tok != token.DEFINE && len(s.Lhs) == 1 && !isErrOrOK(s.Lhs[0]) {
			p.report(i, "the header of an if changes a variable: put it on a line before")
		}
	}
}

func isErrOrOK(e ast.Expr) bool {
	id, ok := e.(*ast.Ident)
	return ok && (id.Name == "err" || id.Name == "ok" || id.Name == "_")
}

// failureWithoutWords reports test failures that print values but do not say what was expected.
func failureWithoutWords(p *pass, n ast.Node) {
	call, ok := n.(*ast.CallExpr)
	if !ok {
		return
	}
	f, ok := call.Fun.(*ast.SelectorExpr)
	if !ok || !isFailure(f.Sel.Name) || !isTesting(p.TypesInfo.TypeOf(f.X)) {
		return
	}
	for _, arg := range call.Args {
		if hasWords(arg) {
			return
		}
	}
	p.report(call, "the failure message must say in words what was done or expected")
}

func isFailure(name string) bool {
	return name == "Error" || name == "Errorf" || name == "Fatal" || name == "Fatalf"
}

// isTesting reports whether t is a testing.T, B, F or TB, or a type that embeds one.
func isTesting(t types.Type) bool {
	helper, _, _ := types.LookupFieldOrMethod(t, true, nil, "Helper")
	return helper != nil && helper.Pkg() != nil && helper.Pkg().Path() == "testing"
}

// hasWords reports whether the expression contains a string with a word of at least 3
// letters, not counting the verbs of a format.
func hasWords(e ast.Expr) (found bool) {
	ast.Inspect(e, func(n ast.Node) bool {
		lit, ok := n.(*ast.BasicLit)
		if ok && lit.Kind == token.STRING && hasWord(lit.Value) {
			found = true
		}
		return !found
	})
	return found
}

func hasWord(s string) bool {
	notLetter := func(r rune) bool { return !unicode.IsLetter(r) }
	for _, word := range strings.FieldsFunc(s, notLetter) {
		if len(word) >= 3 {
			return true
		}
	}
	return false
}
