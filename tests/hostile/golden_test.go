package hostile

import (
	"flag"
	"os"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write tests/openapi.json anew")

const golden = "../openapi.json"

// The golden copy makes every change of the contract visible in review:
// go test ./tests/hostile -run Golden -update
func TestGoldenDocument(t *testing.T) {
	got := start(t).OpenAPI()
	if *update {
		if err := os.WriteFile(golden, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		t.Errorf("the contract has changed (-golden +now); refresh with -update if it should:\n%s", diff)
	}
}
