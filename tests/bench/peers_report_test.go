//go:build linux

package bench

import (
	"fmt"
	"slices"
)

// metric is a value that a measurement returns.
type metric struct {
	name    string
	isDelay bool // whether a lower value is better
}

// worst returns the worst ratio of Parley to another system.
func (m metric) worst(ratios series) float64 {
	if m.isDelay {
		return slices.Max(ratios)
	}
	return slices.Min(ratios)
}

// measurement measures a system. It returns a value for each metric.
type measurement struct {
	name    string
	measure func() []float64
}

// compareAll measures the systems in turn and adds their metrics to the report. The first system
// is Parley.
func (p *peers) compareAll(what string, metrics []metric, systems ...measurement) {
	p.Helper()
	var measures []func() []float64
	for _, s := range systems {
		measures = append(measures, func() []float64 {
			p.postgres.Exec("postgres", "CHECKPOINT") // now, so that it does not disturb a measurement
			return s.measure()
		})
	}
	for _, warmUp := range measures {
		warmUp()
	}
	results := inTurn(measures...)
	for i, m := range metrics {
		fmt.Fprintf(p.report, "%s: %s\n", what, m.name)
		parley := valuesOf(results[0], i)
		for n, s := range systems {
			fmt.Fprintf(p.report, "  %-28s %s\n", s.name, m.describe(valuesOf(results[n], i), parley, n > 0))
		}
	}
}

// describe returns the values of a system in words, with the ratios of Parley to them if the
// system is another one.
func (m metric) describe(values, parley series, isOther bool) string {
	if !isOther {
		return values.String()
	}
	ratios := parley.ratios(values)
	return fmt.Sprintf("%s; Parley's ratio to it: %s, worst round %s", values, ratios, rounded(m.worst(ratios)))
}

// valuesOf returns the values of the nth metric.
func valuesOf(results [][]float64, n int) (values series) {
	for _, r := range results {
		values = append(values, r[n])
	}
	return values
}
