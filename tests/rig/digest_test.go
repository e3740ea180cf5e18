package rig

import (
	"fmt"
	"strings"
	"testing"
)

// The digest of a long log has the warnings and errors, and only the last of the other lines.
func TestDigestKeepsWhatExplainsAFailure(t *testing.T) {
	log := `{"level":"WARN","msg":"a warning"}` + "\npanic: a reason\n" + `{"level":"ERROR","msg":"an error"}` + "\n"
	for i := range 100 {
		log += fmt.Sprintf(`{"level":"INFO","msg":"request %d"}`+"\n", i)
	}
	got := digest(log + strings.Repeat("long", 1000))
	for _, want := range []string{"a warning", "a reason", "an error", "request 99"} {
		if !strings.Contains(got, want) {
			t.Errorf("the digest does not contain %q:\n%s", want, got)
		}
	}
	if n := strings.Count(got, "\n") + 1; n != 3+maxLatest || len(got) > n*(maxLineBytes+1) {
		t.Errorf("the digest has %d lines and %d bytes, want %d short lines", n, len(got), 3+maxLatest)
	}
}
