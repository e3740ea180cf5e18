package sim

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

var mutants = flag.Bool("mutants", false, "inject bugs into the program, one by one; each must be found")

// bug is a change of one file that the simulation must find.
type bug struct{ name, file, right, wrong string }

// bugs are all bugs, by the part of the program.
var bugs = map[string][]bug{
	"answers":  answerBugs,
	"changes":  changeBugs,
	"chores":   choreBugs,
	"search":   searchBugs,
	"sessions": sessionBugs,
	"streams":  streamBugs,
}

// root is the root of the project.
const root = "../.."

// TestMutants builds this package with each bug through an overlay, so that no file of the
// project changes. One of 1,000 days must find the bug.
func TestMutants(t *testing.T) {
	if !*mutants {
		t.Log("NOT RUN: injected bugs need -mutants")
		return
	}
	for part, all := range bugs {
		for _, b := range all {
			t.Run(part+"/"+b.name, func(t *testing.T) {
				t.Parallel()
				b.mustBeFound(t)
			})
		}
	}
}

// TestEveryBugCanBeInjected checks the list of bugs without the time that TestMutants takes.
func TestEveryBugCanBeInjected(t *testing.T) {
	for _, all := range bugs {
		for _, b := range all {
			b.source(t)
		}
	}
}

// source returns the file in which the bug is injected.
func (b bug) source(t *testing.T) []byte {
	t.Helper()
	source, err := os.ReadFile(filepath.Join(root, b.file))
	if err != nil {
		t.Fatalf("read %s: %v", b.file, err)
	}
	if n := bytes.Count(source, []byte(b.right)); n != 1 {
		t.Fatalf("%s: %s contains the code to break %d times, want once: update the list of bugs", b.name, b.file, n)
	}
	return source
}

func (b bug) mustBeFound(t *testing.T) {
	t.Helper()
	out, err := b.run(t)
	if err == nil {
		t.Fatal("1000 days did not find the bug")
	}
	found := regexp.MustCompile(`seed (\d+) breaks:\n *(.*)`).FindSubmatch(out)
	if found == nil {
		t.Fatalf("the simulation failed, but not because of a broken invariant:\n%s", out[:min(len(out), 2000)])
	}
	t.Logf("seed %s: %s", found[1], found[2])
}

// run simulates days of a program with the bug.
func (b bug) run(t *testing.T) ([]byte, error) {
	t.Helper()
	source := b.source(t)
	file, err := filepath.Abs(filepath.Join(root, b.file))
	if err != nil {
		t.Fatalf("find %s: %v", b.file, err)
	}
	dir := t.TempDir()
	broken := filepath.Join(dir, "broken.go")
	overlay := filepath.Join(dir, "overlay.json")
	replaced, err := json.Marshal(map[string]map[string]string{"Replace": {file: broken}})
	if err != nil {
		t.Fatalf("encode the overlay: %v", err)
	}
	write(t, broken, strings.Replace(string(source), b.right, b.wrong, 1))
	write(t, overlay, string(replaced))
	cmd := exec.CommandContext(t.Context(), "go", "test", "-vet=off", "-overlay", overlay,
		"-run", "TestDays", "./tests/sim", "-seeds", "1000", "-replays", "0")
	cmd.Dir = root
	return cmd.CombinedOutput()
}

func write(t *testing.T, file, content string) {
	t.Helper()
	if err := os.WriteFile(file, []byte(content), 0o600); err != nil {
		t.Fatalf("write %s: %v", file, err)
	}
}
