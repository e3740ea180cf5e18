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

// slow is a writer that waits to be let on before each write.
type slow struct {
	bytes.Buffer
	writes int
	next   chan struct{}
}

func (s *slow) Write(p []byte) (int, error) {
	<-s.next
	s.writes++
	return s.Buffer.Write(p)
}

func TestOutputWaitsForNoWrite(t *testing.T) {
	to := &slow{next: make(chan struct{})}
	o := system.NewOutput(to)
	var want strings.Builder
	for n := range 100 {
		fmt.Fprintf(o, "line %d\n", n)
		fmt.Fprintf(&want, "line %d\n", n)
	}
	close(to.next)
	flush(t, o)
	if to.String() != want.String() {
		t.Errorf("what came out is not what went in: %q", to.String())
	}
	if to.writes > 2 {
		t.Errorf("100 lines during one write went out in %d writes, want 2", to.writes)
	}
}

// One who does not read holds nobody up, and is told of what is missing.
func TestOutputIsBounded(t *testing.T) {
	to := &slow{next: make(chan struct{})}
	o := system.NewOutput(to)
	line := append(bytes.Repeat([]byte("x"), 1<<20), '\n')
	for range 10 {
		_, _ = o.Write(line)
	}
	soon, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
	defer cancel()
	if err := o.Flush(soon); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("flushing to nobody: %v", err)
	}
	close(to.next)
	flush(t, o)
	kept := strings.Count(to.String(), "x\n")
	if kept < 1 || kept > 2 || !strings.HasSuffix(to.String(), fmt.Sprintf("\n%d log lines are missing here: nobody read them\n", 10-kept)) {
		t.Errorf("%d lines of 1 MiB came out, and then %q", kept, to.String()[max(0, to.Len()-60):])
	}
}

func TestFlushOfNothing(t *testing.T) { flush(t, system.NewOutput(&bytes.Buffer{})) }

func flush(t *testing.T, o *system.Output) {
	t.Helper()
	if err := o.Flush(t.Context()); err != nil {
		t.Error(err)
	}
}
