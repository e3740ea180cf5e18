package capacity

import (
	"fmt"
	"time"

	"github.com/kuvaka-tech/parley/tests/bench/chart"
)

// burstChart shows how long a burst delays messages, for several numbers of workers.
func burstChart() chart.Chart {
	c := chart.Chart{
		Title: "Wait after a burst. Before and after it, 4 messages a second",
		X:     chart.Axis{Title: "minutes since the start of the burst", Ticks: steps(-1, 10, 1)},
		Y:     chart.Axis{Title: "wait, p95 in 10 s (s)", Ticks: steps(0, 350, 50)},
	}
	const normal = 4.0
	tenTimes := phase{length: time.Minute, rate: 10 * normal}
	for _, workers := range []int{1, 2, 4} {
		points := burst(workers, tenTimes, normal)
		c.Lines = append(c.Lines, chart.Line{Name: "10× for 1 min, " + processes(workers), Points: points})
	}
	together := phase{length: time.Minute, rate: normal, together: 500}
	for _, workers := range []int{2, 4} {
		points := burst(workers, together, normal)
		c.Lines = append(c.Lines, chart.Line{Name: "500 together, " + processes(workers), Points: points})
	}
	return withLimit(c)
}

// burst returns the waits from a minute before a phase of a minute until 9 minutes after it.
func burst(workers int, p phase, normal float64) []chart.Point {
	before, after := phase{length: time.Minute, rate: normal}, phase{length: 9 * time.Minute, rate: normal}
	messages := newTraffic(defaultModel).messages(before, p, after)
	newSystem(workers, processSlots).run(messages)
	return overTime(messages, before.length, isAny, 0.95)
}

// overTime returns a quantile of the waits of the messages sent in each 10 s. The times are in minutes
// since another time.
func overTime(
	messages []*message, since time.Duration, selected func(*message) bool, quantile float64,
) (points []chart.Point) {
	const period = 10 * time.Second
	end := messages[len(messages)-1].sent
	for from := time.Duration(0); from+period <= end; from += period {
		all := waits(sentIn(messages, from, from+period), selected)
		if len(all) > 0 {
			middle := from + period/2 - since
			points = append(points, chart.Point{X: middle.Minutes(), Y: all.quantile(quantile).Seconds()})
		}
	}
	return points
}

// plansChart shows the waits of both plans in an overload of 10 minutes.
func plansChart() chart.Chart {
	const workers = 4
	full := capacityOf(workers*processSlots, defaultModel)
	phases := []phase{
		{length: 2 * time.Minute, rate: 0.7 * full},
		{length: 10 * time.Minute, rate: 2 * full},
		{length: 12 * time.Minute, rate: 0.4 * full},
	}
	messages := newTraffic(defaultModel).messages(phases...)
	newSystem(workers, processSlots).run(messages)
	c := chart.Chart{
		Title: fmt.Sprintf("Overload from minute 0 to 10 (twice the capacity of %d slots)", workers*processSlots),
		X:     chart.Axis{Title: "minutes since the start of the overload", Ticks: steps(-2, 22, 2)},
		Y:     chart.Axis{Title: "wait, p50 in 10 s (s)", Ticks: steps(0, 350, 50)},
	}
	for _, p := range []struct {
		name     string
		selected func(*message) bool
	}{{"Basic", isBasic}, {"Pro, head start of 30 s", isPro}} {
		points := overTime(messages, phases[0].length, p.selected, 0.5)
		c.Lines = append(c.Lines, chart.Line{Name: p.name, Points: points})
	}
	return withLimit(c)
}
