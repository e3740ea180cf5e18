package chart

import "math"

// Axis is an axis of a chart, from the first tick to the last one.
type Axis struct {
	Title string // with the unit
	Ticks []float64
	IsLog bool
}

// position returns where a value is on the axis: 0 for the first tick, 1 for the last one. Values
// outside of the axis are moved to its ends.
func (a Axis) position(value float64) float64 {
	first, last := a.Ticks[0], a.Ticks[len(a.Ticks)-1]
	value = min(max(value, first), last)
	if a.IsLog {
		return math.Log(value/first) / math.Log(last/first)
	}
	return (value - first) / (last - first)
}
