//go:build linux

package bench

import (
	"cmp"
	"fmt"
	"slices"
	"time"
)

// series are the results of the rounds.
type series []float64

func (s series) median() float64 {
	sorted := slices.Sorted(slices.Values(s))
	return (sorted[(len(sorted)-1)/2] + sorted[len(sorted)/2]) / 2
}

// String returns the median, with the lowest and the highest value in brackets.
func (s series) String() string {
	return fmt.Sprintf("%s (%s to %s)", rounded(s.median()), rounded(slices.Min(s)), rounded(slices.Max(s)))
}

// rounded returns a number with at least 3 significant digits, without an exponent if it is large.
func rounded(n float64) string {
	if n >= 1000 {
		return fmt.Sprintf("%.0f", n)
	}
	return fmt.Sprintf("%.3g", n)
}

// ratios returns the ratio to other of each round.
func (s series) ratios(other series) (ratios series) {
	for i := range s {
		ratios = append(ratios, s[i]/other[i])
	}
	return ratios
}

// inTurn calls each measurement once a round and returns its results. Each round begins with
// another measurement, so that none is always the first one.
func inTurn[T any](measurements ...func() T) [][]T {
	results := make([][]T, len(measurements))
	for round := range *rounds {
		for i := range measurements {
			n := (round + i) % len(measurements)
			results[n] = append(results[n], measurements[n]())
		}
	}
	return results
}

// compare measures Parley and its limit in turn and logs both and their ratio.
func (s *stack) compare(what string, parley, limit func() float64) {
	s.Helper()
	results := inTurn(parley, limit)
	ours, theirs := series(results[0]), series(results[1])
	s.Logf("%s, median of %d rounds of %s (lowest to highest): ratio %s; Parley %s a second, limit %s",
		what, *rounds, *duration, ours.ratios(theirs), ours, theirs)
}

// quantile returns the value that a share of the durations do not exceed.
func quantile(all []time.Duration, share float64) time.Duration {
	sorted := slices.SortedFunc(slices.Values(all), cmp.Compare[time.Duration])
	return sorted[min(len(sorted)-1, int(share*float64(len(sorted))))]
}
