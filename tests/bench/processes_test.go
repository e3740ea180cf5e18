//go:build linux

package bench

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
)

const (
	fleetMessages = 1000            // of a load
	fleetWarmUp   = 250             // messages for each API process before a measurement
	fleetIdle     = 5 * time.Second // how long the idle processes are measured
)

// processCounts are the numbers of API processes, and of workers, that are compared. The first one is
// what the others are compared with.
var processCounts = []int{1, 2, 4}

// fleetLoads are the loads of n API processes. Each client sends its next message when it has its answer.
var fleetLoads = []struct {
	name    string
	clients func(n int) int
}{
	{"16 clients", func(int) int { return 16 }},
	{"16 clients for each API process", func(n int) int { return 16 * n }},
}

// 1, 2 and 4 API processes, with as many workers, answer the same messages on one Postgres and one
// Redis. The clients use the API processes evenly. Each message goes to a new room of another user, who
// has sent messages before, and its client waits for the answer. The model takes 0 ms.
//
// It gives the CPU time of a message, user and system: of the processes of Parley, of Postgres with
// all its processes, and of Redis. The ratios are those to one process in the same round. It also
// gives the CPU time while nothing happens, and how many of the busy backends of Postgres wait for a
// lock. Wanted: a ratio of at most 1.15, and almost no backend that waits, because processes share no
// lock and no row. With the same number of clients, the messages of a transaction become fewer when
// there are more processes. With 16 clients for each API process, they do not.
//
// Each measurement starts its processes, and they answer other messages first. Each answer must have
// the right text, and each message must add exactly one prompt, one answer and one unit of the quota.
//
//	go test ./tests/bench -v -rounds 5 -run TestProcesses -timeout 1h
func TestProcesses(t *testing.T) {
	s := newMemoryStack(t)
	s.addDatabases()
	m := s.newFleets()
	m.measure(1) // a warm-up: Postgres has no messages before it
	var measures []func() fleetCosts
	for _, n := range processCounts {
		measures = append(measures, func() fleetCosts { return m.measure(n) })
	}
	results := inTurn(measures...)
	t.Logf("API processes and workers, medians of %d rounds of %d messages (lowest to highest)\n%s",
		*rounds, fleetMessages, describeFleets(results))
}

// describeFleets describes the results for each number of processes.
func describeFleets(results [][]fleetCosts) string {
	text := &strings.Builder{}
	for i, load := range fleetLoads {
		fmt.Fprintf(text, "%s:\n", load.name)
		describeCPU(text, results, "CPU time of a message in ms", func(c fleetCosts) fleetCPU { return c.loads[i].cpu })
		describeValues(text, results, "messages a second", func(c fleetCosts) float64 { return c.loads[i].perSecond })
		fmt.Fprintln(text, "  backends of Postgres that wait for a lock")
		for k, n := range processCounts {
			fmt.Fprintf(text, "    %d and %d: %s\n", n, n, sumOfLocks(results[k], i))
		}
	}
	fmt.Fprintln(text, "idle:")
	describeCPU(text, results, "CPU time in percent of a core", func(c fleetCosts) fleetCPU { return c.idle })
	return text.String()
}

// describeCPU describes a CPU time of the results, and its parts.
func describeCPU(text *strings.Builder, results [][]fleetCosts, name string, cpu func(fleetCosts) fleetCPU) {
	describeValues(text, results, name, func(c fleetCosts) float64 { return cpu(c).sum() })
	describeValues(text, results, "of it Parley", func(c fleetCosts) float64 { return cpu(c).parley })
	describeValues(text, results, "of it Postgres", func(c fleetCosts) float64 { return cpu(c).postgres })
	describeValues(text, results, "of it Redis", func(c fleetCosts) float64 { return cpu(c).redis })
}

// describeValues describes one value of the results, with its ratios to that of the first number of
// processes. A CPU time when idle may be too short to be counted, so it may be 0 and have no ratio.
func describeValues(text *strings.Builder, results [][]fleetCosts, name string, value func(fleetCosts) float64) {
	fmt.Fprintf(text, "  %s\n", name)
	one := seriesOf(results[0], value)
	for k, n := range processCounts {
		values := seriesOf(results[k], value)
		fmt.Fprintf(text, "    %d and %d: %s", n, n, values)
		if slices.Min(one) > 0 {
			fmt.Fprintf(text, "; ratio %s", values.ratios(one))
		}
		fmt.Fprintln(text)
	}
}

// seriesOf returns a value of each result.
func seriesOf(results []fleetCosts, value func(fleetCosts) float64) (values series) {
	for _, r := range results {
		values = append(values, value(r))
	}
	return values
}
