package arch_test

import (
	"path"
	"strings"
)

// rule is one thing that no file may do. Those on imports bind what is built
// into the program; tests may look further unless a rule says otherwise.
type rule struct {
	name   string
	why    string
	breaks func(f file) []string // what about the file breaks it
}

var rules = []rule{
	{"core imports only the standard library",
		"the rules must be tested without anything, and outlive every library",
		built("core", func(_ file, imp string) bool { return !isStd(imp) && !under(imp, "./core") })},
	{"core does no I/O and has no context, clock, randomness or JSON",
		"a rule that needs one of them to be tested is in the wrong place; times and randomness come as arguments",
		built("core", func(f file, imp string) bool {
			return under(imp, "net", "os", "database", "context", "math/rand", "crypto/rand", "encoding/json", "log", "syscall") &&
				!(imp == "log/slog" && f.dir() == "core/phone") // Number masks itself in logs
		})},
	{"ports import core and the standard library",
		"a vendor's type in a port binds every adapter to the vendor",
		built("ports", func(_ file, imp string) bool { return !isStd(imp) && !under(imp, "./core") })},
	{"contracts know no adapter",
		"a contract holds for the adapters to come as well",
		anywhere(func(f file, imp string) bool {
			return f.dir() == "ports/portstest" && under(imp, "./adapters", "./app", "./cmd", "./configs")
		})},
	{"app imports core, ports and the standard library",
		"a use case coordinates; what it needs of the world is a port",
		built("app", func(_ file, imp string) bool { return !isStd(imp) && !under(imp, "./core") && imp != "./ports" })},
	{"adapters know no other adapter",
		"each must be replaceable without a look at the rest",
		built("adapters", func(f file, imp string) bool {
			return under(imp, "./adapters") && !under(imp, "./"+owner(f))
		})},
	{"adapters know neither configs nor what starts them",
		"plain constructor arguments make them usable, and testable, without the program",
		built("adapters", func(_ file, imp string) bool { return under(imp, "./configs", "./cmd", "./tests") })},
	{"only driving adapters call app",
		"arrows have no way back up: what app drives must not drive app",
		built("adapters", func(f file, imp string) bool {
			return under(imp, "./app") && !under(f.path, "adapters/httpapi", "adapters/worker", "adapters/reconciler")
		})},
	{"fx stays under cmd",
		"the composition root alone knows how the program is put together",
		anywhere(func(f file, imp string) bool {
			return under(imp, "go.uber.org/fx", "go.uber.org/dig") && !under(f.path, "cmd")
		})},
	{"only cmd and tests import cmd",
		"nothing may depend on the whole program",
		anywhere(func(f file, imp string) bool { return under(imp, "./cmd") && !under(f.path, "cmd", "tests") })},
	{"only tests import contracts and tests",
		"testing code in the program is weight and risk",
		anywhere(func(f file, imp string) bool {
			return under(imp, "./ports/portstest", "./tests") && !f.isTest() && !under(f.path, "tests", "ports/portstest")
		})},
	{"configs know core and ports at most",
		"a configuration is values; choosing adapters by it is the composition root's",
		built("configs", func(_ file, imp string) bool { return under(imp, "./app", "./adapters", "./cmd", "./migrations") })},
	{"migrations know nothing of the program",
		"a migration must do tomorrow what it did the day it was written",
		built("migrations", func(_ file, imp string) bool { return strings.HasPrefix(imp, "./") })},
	{"math/rand stays out",
		"what can be guessed must not become a code, an id or a salt by accident; randomness is an io.Reader",
		anywhere(func(f file, imp string) bool {
			return under(imp, "math/rand") && !f.isTest() && !under(f.path, "tests", "ports/portstest") && guessable[f.dir()] == ""
		})},
	{"the top level is fixed",
		"whoever comes new must find their way by a few names",
		func(f file) []string {
			if top, _, _ := strings.Cut(f.path, "/"); !topLevel[top] && !strings.HasPrefix(top, ".") {
				return []string{top}
			}
			return nil
		}},
	{"packages are named for what they hold",
		"a drawer named util fills with what belongs nowhere",
		func(f file) (bad []string) {
			if !f.isGo() {
				return nil
			}
			for _, name := range append(strings.Split(f.dir(), "/"), strings.TrimSuffix(f.pkg, "_test")) {
				if vague[name] {
					bad = append(bad, name)
				}
			}
			return bad
		}},
}

// guessable lists the folders that may use math/rand, and why.
var guessable = map[string]string{
	"cmd/parley/boot": "the jitter of retries spreads load and guards nothing",
}

// topLevel includes the program itself, which "go build ./cmd/parley" leaves there and git ignores.
var topLevel = set("parley", "core", "ports", "adapters", "app", "cmd", "tests", "migrations", "configs", "go.mod", "go.sum", "README.md", "LICENSE")

var vague = set("util", "utils", "common", "helper", "helpers", "model", "models", "dto", "dtos", "misc", "shared", "lib", "pkg")

func set(names ...string) map[string]bool {
	s := map[string]bool{}
	for _, name := range names {
		s[name] = true
	}
	return s
}

// built judges the imports of a folder's files that are no tests, contracts aside.
func built(folder string, bad func(f file, imp string) bool) func(file) []string {
	return anywhere(func(f file, imp string) bool {
		return under(f.path, folder) && !under(f.path, "ports/portstest") && !f.isTest() && bad(f, imp)
	})
}

// anywhere judges every file's imports.
func anywhere(bad func(f file, imp string) bool) func(file) []string {
	return func(f file) (broken []string) {
		for _, imp := range f.imports {
			if bad(f, imp) {
				broken = append(broken, imp)
			}
		}
		return broken
	}
}

// owner is the adapter that a file belongs to: "adapters/postgres", also for what lies deeper.
func owner(f file) string {
	parts := strings.SplitN(f.path, "/", 3)
	return path.Join(parts[0], parts[1])
}
