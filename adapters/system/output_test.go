package system_test

import (
	"bytes"
	"fmt"
	"strings"
	"sync"
	"testing"

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
	o.Flush()
	if to.String() != want.String() {
		t.Errorf("what came out is not what went in: %q", to.String())
	}
	if to.writes > 2 {
		t.Errorf("100 lines during one write went out in %d writes, want 2", to.writes)
	}
}

func TestOutputIsBounded(t *testing.T) {
	to := &slow{next: make(chan struct{})}
	o := system.NewOutput(to)
	line := bytes.Repeat([]byte("x"), 1<<20)
	fmt.Fprint(o, "a write that is under way")
	var all sync.WaitGroup
	done := make(chan struct{})
	for range 4 {
		all.Go(func() { _, _ = o.Write(line) })
	}
	go func() { all.Wait(); close(done) }()
	to.next <- struct{}{} // the first few bytes
	select {
	case <-done:
		t.Error("4 MiB wait to be written")
	case to.next <- struct{}{}:
	}
	close(to.next)
	<-done
	o.Flush()
	if got := to.Len() - 25; got != 4<<20 {
		t.Errorf("%d bytes came out, want %d", got, 4<<20)
	}
}

func TestFlushOfNothing(*testing.T) { system.NewOutput(&bytes.Buffer{}).Flush() }
