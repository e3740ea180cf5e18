package chart

import (
	"flag"
	"os"
	"testing"
)

var update = flag.Bool("update", false, "overwrite the charts and the table in .docs with the computed ones")

// CompareStored fails if a file differs from its computed content, which is a function of the stored
// content. With -update it writes the computed content first.
func CompareStored(t testing.TB, path string, compute func(stored string) string) {
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
