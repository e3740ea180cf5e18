package hostile

import (
	"flag"
	"os"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "overwrite tests/openapi.json with the current document")

const goldenFile = "../openapi.json"

// The golden copy shows every change of the API in a review. To update it, run
// go test ./tests/hostile -run Golden -update
func TestTheDocumentEqualsItsGoldenCopy(t *testing.T) {
	got := start(t).OpenAPI()
	if *update {
		if err := os.WriteFile(goldenFile, got, 0o644); err != nil {
			t.Fatalf("write the golden copy: %v", err)
		}
	}
	want, err := os.ReadFile(goldenFile)
	if err != nil {
		t.Fatalf("read the golden copy: %v", err)
	}
	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		t.Errorf("the document differs from its golden copy; if that is intended, run with -update (-golden +now):\n%s",
			diff)
	}
}
