package capacity

import (
	"math"
	"testing"
)

// axis is an axis of a chart, from the first tick to the last one.
type axis struct {
	title string // with the unit
	ticks []float64
	isLog bool
}

// position returns where a value is on the axis: 0 for the first tick, 1 for the last one. Values
// outside of the axis are moved to its ends.
func (a axis) position(value float64) float64 {
	first, last := a.ticks[0], a.ticks[len(a.ticks)-1]
	value = min(max(value, first), last)
	if a.isLog {
		return math.Log(value/first) / math.Log(last/first)
	}
	return (value - first) / (last - first)
}

func TestPositionOnAnAxis(t *testing.T) {
	linear := axis{ticks: []float64{10, 20, 30}}
	log := axis{ticks: []float64{0.1, 1, 10}, isLog: true}
	for _, c := range []struct {
		name        string
		axis        axis
		value, want float64
	}{
		{name: "the first tick", axis: linear, value: 10, want: 0},
		{name: "a value between ticks", axis: linear, value: 25, want: 0.75},
		{name: "the last tick", axis: linear, value: 30, want: 1},
		{name: "a value below the axis", axis: linear, value: -5, want: 0},
		{name: "a value above the axis", axis: linear, value: 99, want: 1},
		{name: "the middle of a logarithmic axis", axis: log, value: 1, want: 0.5},
		{name: "zero on a logarithmic axis", axis: log, value: 0, want: 0},
	} {
		if got := c.axis.position(c.value); math.Abs(got-c.want) > 1e-9 {
			t.Errorf("%s has the position %v, want %v", c.name, got, c.want)
		}
	}
}
