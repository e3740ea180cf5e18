package sim

import (
	"fmt"
	"time"
)

// violate records a broken invariant. The trace ends at the first one.
func (w *world) violate(format string, args ...any) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(w.violations) < maxReported {
		w.violations = append(w.violations, fmt.Sprintf(format, args...))
	}
}

// note appends a line to the trace.
func (w *world) note(line string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(w.violations) > 0 {
		return
	}
	w.trace = append(w.trace, "  "+time.Now().UTC().Format("15:04:05.000000")+" "+line)
	if len(w.trace) > 2**traced {
		w.trace = append([]string(nil), w.trace[*traced:]...)
	}
}

// number increments a counter and returns it.
func (w *world) number(counter *int) int {
	w.mu.Lock()
	defer w.mu.Unlock()
	*counter++
	return *counter
}

// record appends a port call and its fault, "" for none, to the trace.
func (w *world) record(p *process, call, fault string) {
	w.note(fmt.Sprintf("p%d %s%s", p.n, call, fault))
	w.mu.Lock()
	defer w.mu.Unlock()
	if fault != "" {
		w.tally.counts["faults"]++
	}
}
