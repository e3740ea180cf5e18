package capacity

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "overwrite the charts and the table in .docs with the computed ones")

const docs = "../../../.docs"

// The stored charts show every change of the rules of the queue in a review. To update them, run
// go test ./tests/bench/capacity -run Stored -update
func TestTheStoredChartsAreTheComputedOnes(t *testing.T) {
	for name, draw := range charts() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			compare(t, filepath.Join(docs, name), func(string) string { return draw().svg() })
		})
	}
}

// The table is between two comments of the page.
func TestTheStoredTableIsTheComputedOne(t *testing.T) {
	compare(t, filepath.Join(docs, "capacity.md"), func(page string) string {
		before, rest, found := strings.Cut(page, "<!-- simulated -->\n")
		_, after, closed := strings.Cut(rest, "<!-- end -->\n")
		if !found || !closed {
			t.Fatal("the page does not contain the comments around the table, want <!-- simulated --> and <!-- end -->")
		}
		return before + "<!-- simulated -->\n" + sweepTable() + "<!-- end -->\n" + after
	})
}

// compare fails if a file differs from its computed content, which is a function of the stored
// content. With -update it writes the computed content first.
func compare(t *testing.T, path string, compute func(stored string) string) {
	t.Helper()
	stored, err := os.ReadFile(path)
	if err != nil && !(*update && os.IsNotExist(err)) {
		t.Fatalf("read the stored file: %v", err)
	}
	want := compute(string(stored))
	if *update {
		if err := os.WriteFile(path, []byte(want), 0o644); err != nil {
			t.Fatalf("write the computed file: %v", err)
		}
		return
	}
	if want != string(stored) {
		t.Errorf("%s differs from the computed content; if that is intended, run with -update", path)
	}
}
