package capacity

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/kuvaka-tech/parley/tests/bench/chart"
)

const docs = "../../../.docs"

// The stored charts show every change of the rules of the queue in a review. To update them, run
// go test ./tests/bench/capacity -run Stored -update
func TestTheStoredChartsAreTheComputedOnes(t *testing.T) {
	for name, draw := range charts() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			chart.CompareStored(t, filepath.Join(docs, name), func(string) string { return draw().SVG() })
		})
	}
}

// The table is between two comments of the page.
func TestTheStoredTableIsTheComputedOne(t *testing.T) {
	chart.CompareStored(t, filepath.Join(docs, "capacity.md"), func(page string) string {
		before, rest, found := strings.Cut(page, "<!-- simulated -->\n")
		_, after, closed := strings.Cut(rest, "<!-- end -->\n")
		if !found || !closed {
			t.Fatal("the page does not contain the comments around the table, want <!-- simulated --> and <!-- end -->")
		}
		return before + "<!-- simulated -->\n" + sweepTable() + "<!-- end -->\n" + after
	})
}
