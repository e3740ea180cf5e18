package arch_test

import (
	"path"
	"strings"
)

// rule is a rule for the files of the repository.
type rule struct {
	name       string
	reason     string
	violations func(f file) []string // returns the imports or names that break the rule
}

var rules = []rule{
	{
		name:       "core imports only the standard library",
		reason:     "the rules of the product must be testable without anything else, and must not depend on a library",
		violations: inProgram("core", outsideCore),
	},
	{
		name:   "core imports no package for I/O, contexts, randomness, JSON or logs",
		reason: "functions of core get times and random values as arguments, so that a test can choose them",
		violations: inProgram("core", func(f file, imported string) bool {
			masksInLogs := imported == "log/slog" && f.dir() == "core/phone" // phone.Number implements slog.LogValuer
			return under(imported, "net", "os", "database", "context", "math/rand", "crypto/rand", "encoding/json",
				"log", "syscall") && !masksInLogs
		}),
	},
	{
		name:       "ports import only core and the standard library",
		reason:     "a type of a library in a port would force every adapter to use that library",
		violations: inProgram("ports", outsideCore),
	},
	{
		name:   "portstest imports no adapter",
		reason: "the contract suites must work for every adapter, also for future ones",
		violations: anywhere(func(f file, imported string) bool {
			return f.dir() == "ports/portstest" && under(imported, "./adapters", "./app", "./cmd", "./configs")
		}),
	},
	{
		name:   "app imports only core, ports and the standard library",
		reason: "a use case reaches everything outside of the program through a port",
		violations: inProgram("app", func(f file, imported string) bool {
			return outsideCore(f, imported) && imported != "./ports"
		}),
	},
	{
		name:   "an adapter imports no other adapter",
		reason: "each adapter must be replaceable alone; code that adapters share belongs in adapters/internal",
		violations: inAdapters(func(f file, imported string) bool {
			return under(imported, "./adapters") && !under(imported, "./"+adapterOf(f), "./adapters/internal")
		}),
	},
	{
		name:   "adapters/internal imports no adapter, app, configs or cmd",
		reason: "all adapters may use this code, so it must not depend on one of them or on the program",
		violations: inProgram("adapters/internal", func(_ file, imported string) bool {
			return under(imported, "./adapters", "./app", "./configs", "./cmd") &&
				!under(imported, "./adapters/internal")
		}),
	},
	{
		name:   "adapters import neither configs nor cmd",
		reason: "an adapter gets its settings as arguments, so that it can be used and tested without the program",
		violations: inAdapters(func(_ file, imported string) bool {
			return under(imported, "./configs", "./cmd")
		}),
	},
	{
		name:   "only driving adapters import app",
		reason: "app calls the other adapters through ports, so a call in the opposite direction would make a cycle",
		violations: inAdapters(func(f file, imported string) bool {
			return under(imported, "./app") &&
				!under(f.path, "adapters/httpapi", "adapters/worker", "adapters/reconciler")
		}),
	},
	{
		name:   "only cmd imports fx",
		reason: "only the composition root wires the program",
		violations: anywhere(func(f file, imported string) bool {
			return under(imported, "go.uber.org/fx", "go.uber.org/dig") && !under(f.path, "cmd")
		}),
	},
	{
		name:   "only cmd and tests import cmd",
		reason: "no package may depend on the whole program",
		violations: anywhere(func(f file, imported string) bool {
			return under(imported, "./cmd") && !under(f.path, "cmd", "tests")
		}),
	},
	{
		name:   "only tests import packages for tests",
		reason: "code for tests must not become a part of the program",
		violations: anywhere(func(f file, imported string) bool {
			return strings.HasPrefix(imported, "./") && isForTests(strings.TrimPrefix(imported, "./")) &&
				!f.isTest() && !isForTests(f.dir())
		}),
	},
	{
		name:   "configs import only core and ports",
		reason: "a configuration contains only values; cmd/parley/boot chooses the adapters",
		violations: inProgram("configs", func(_ file, imported string) bool {
			return under(imported, "./app", "./adapters", "./cmd", "./migrations")
		}),
	},
	{
		name:   "migrations import no other package of the module",
		reason: "a migration must always do the same, also after the code has changed",
		violations: inProgram("migrations", func(_ file, imported string) bool {
			return strings.HasPrefix(imported, "./")
		}),
	},
	{
		name: "math/rand is not used",
		reason: "its numbers are predictable and must not become a code, an id or a salt by mistake; " +
			"pass randomness as an io.Reader",
		violations: anywhere(func(f file, imported string) bool {
			return under(imported, "math/rand") && !f.isTest() && !isForTests(f.dir()) && mathRandUsers[f.dir()] == ""
		}),
	},
	{
		name:       "the top level contains only the known files and folders",
		reason:     "a new team member must find everything with a few names",
		violations: unknownTopLevel,
	},
	{
		name:       "a package name says what the package contains",
		reason:     "a package with a name like util collects unrelated code",
		violations: vaguePackageNames,
	},
}

// mathRandUsers are the folders that may use math/rand, with the reason.
var mathRandUsers = map[string]string{
	"cmd/parley/boot": "jitter spreads retries over time and protects nothing",
}

// outsideCore reports whether an import belongs neither to the standard library nor to core.
func outsideCore(_ file, imported string) bool { return !isStd(imported) && !under(imported, "./core") }

// topLevel are the names at the top level. parley is the program that
// "go build ./cmd/parley" writes there. Git ignores it.
var topLevel = setOf(
	"parley", "core", "ports", "adapters", "app", "cmd", "tests", "migrations", "configs",
	"go.mod", "go.sum", "README.md", "LICENSE",
)

func unknownTopLevel(f file) []string {
	name, _, _ := strings.Cut(f.path, "/")
	if topLevel[name] || strings.HasPrefix(name, ".") {
		return nil
	}
	return []string{name}
}

var vagueNames = setOf(
	"util", "utils", "common", "helper", "helpers", "model", "models", "dto", "dtos",
	"misc", "shared", "lib", "pkg",
)

func vaguePackageNames(f file) (vague []string) {
	if !f.isGo() {
		return nil
	}
	for _, name := range append(strings.Split(f.dir(), "/"), strings.TrimSuffix(f.pkg, "_test")) {
		if vagueNames[name] {
			vague = append(vague, name)
		}
	}
	return vague
}

func setOf(names ...string) map[string]bool {
	set := map[string]bool{}
	for _, name := range names {
		set[name] = true
	}
	return set
}

// anywhere checks the imports of every file.
func anywhere(breaks func(f file, imported string) bool) func(file) []string {
	return func(f file) (broken []string) {
		for _, imported := range f.imports {
			if breaks(f, imported) {
				broken = append(broken, imported)
			}
		}
		return broken
	}
}

// inProgram checks the imports of the files of a folder that are compiled into the
// program. Tests may import more.
func inProgram(folder string, breaks func(f file, imported string) bool) func(file) []string {
	return anywhere(func(f file, imported string) bool {
		return under(f.path, folder) && !under(f.path, "ports/portstest") && !f.isTest() && breaks(f, imported)
	})
}

// inAdapters is inProgram for adapters without adapters/internal.
func inAdapters(breaks func(f file, imported string) bool) func(file) []string {
	return inProgram("adapters", func(f file, imported string) bool {
		return !under(f.path, "adapters/internal") && breaks(f, imported)
	})
}

// adapterOf returns the folder of the adapter that a file belongs to, such as
// "adapters/postgres", also for a file in a subfolder.
func adapterOf(f file) string {
	parts := strings.SplitN(f.path, "/", 3)
	return path.Join(parts[0], parts[1])
}

// isForTests reports whether a folder contains code that only tests use: the
// folder tests, and packages such as portstest and llmtest.
func isForTests(folder string) bool {
	return under(folder, "tests") || strings.HasSuffix(folder, "test")
}
