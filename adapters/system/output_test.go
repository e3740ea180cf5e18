package system_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/kuvaka-tech/parley/adapters/system"
)

// gatedWriter blocks each write until gate is closed.
type gatedWriter struct {
	bytes.Buffer
	writes int
	gate   chan struct{}
}

func (w *gatedWriter) Write(p []byte) (int, error) {
	<-w.gate
	w.writes++
	return w.Buffer.Write(p)
}

func TestLinesDuringAWriteAreWrittenTogether(t *testing.T) {
	w := &gatedWriter{gate: make(chan struct{})}
	o := system.NewOutput(w)
	var want strings.Builder
	for n := range 100 {
		fmt.Fprintf(o, "line %d\n", n)
		fmt.Fprintf(&want, "line %d\n", n)
	}
	close(w.gate)
	flush(t, o)
	if w.String() != want.String() {
		t.Errorf("wrote %q, want all lines in order", w.String())
	}
	if w.writes > 2 {
		t.Errorf("100 lines during one write took %d writes, want at most 2", w.writes)
	}
}

func TestPendingOutputIsLimited(t *testing.T) {
	w := &gatedWriter{gate: make(chan struct{})}
	o := system.NewOutput(w)
	line := append(bytes.Repeat([]byte("x"), 1<<20), '\n')
	for range 10 {
		_, _ = o.Write(line)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
	defer cancel()
	if err := o.Flush(ctx); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("Flush to a blocked writer = %v, want context.DeadlineExceeded", err)
	}
	close(w.gate)
	flush(t, o)
	written := strings.Count(w.String(), "x\n")
	if written < 1 || written > 2 {
		t.Errorf("%d of 10 lines of 1 MiB were written, want 1 or 2", written)
	}
	want := fmt.Sprintf("\n%d log lines are missing here: nobody read them\n", 10-written)
	if !strings.HasSuffix(w.String(), want) {
		t.Errorf("the output ends with %q, want %q", w.String()[max(0, w.Len()-60):], want)
	}
}

func TestFlushWithoutOutput(t *testing.T) { flush(t, system.NewOutput(&bytes.Buffer{})) }

func flush(t *testing.T, o *system.Output) {
	t.Helper()
	if err := o.Flush(t.Context()); err != nil {
		t.Errorf("Flush failed: %v", err)
	}
}
