package chart

import (
	"math"
	"testing"
)

func TestPositionOnAnAxis(t *testing.T) {
	linear := Axis{Ticks: []float64{10, 20, 30}}
	log := Axis{Ticks: []float64{0.1, 1, 10}, IsLog: true}
	for _, c := range []struct {
		name        string
		axis        Axis
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
