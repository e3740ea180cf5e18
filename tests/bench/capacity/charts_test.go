package capacity

import (
	"fmt"
	"time"

	"github.com/kuvaka-tech/parley/core/reply"
	"github.com/kuvaka-tech/parley/tests/bench/chart"
)

// charts returns the charts of .docs/capacity.md by their file names. Each takes a few seconds at most.
func charts() map[string]func() chart.Chart {
	return map[string]func() chart.Chart{
		"capacity-load.svg":    loadChart,
		"capacity-burst.svg":   burstChart,
		"capacity-latency.svg": latencyChart,
		"capacity-plans.svg":   plansChart,
	}
}

// waitAxis is for waits from a tenth of a second to the limit of five minutes.
func waitAxis(title string) chart.Axis {
	return chart.Axis{Title: title, Ticks: []float64{0.1, 1, 10, 100, 1000}, IsLog: true}
}

// loadChart shows the wait while the load grows, for several numbers of workers.
func loadChart() chart.Chart {
	c := chart.Chart{
		Title: fmt.Sprintf("Wait until the claim during half an hour, %d slots per worker process", processSlots),
		X:     chart.Axis{Title: "load (% of the messages a second that occupy all slots)", Ticks: steps(40, 130, 10)},
		Y:     waitAxis("wait, p99 (s)"),
	}
	for _, workers := range []int{1, 2, 4, 8} {
		full := capacityOf(workers*processSlots, defaultModel)
		points := waitsByLoad(workers, defaultModel, c.X.Ticks, full/100)
		c.Lines = append(c.Lines, chart.Line{Name: processes(workers), Points: points})
	}
	return withLimit(c)
}

// waitsByLoad returns the p99 of the waits in half an hour from an empty queue, for some loads. A load
// of 1 is unit messages a second. It ends with the first load whose waits reach the limit, because
// refusals keep them there.
func waitsByLoad(workers int, m model, loads []float64, unit float64) (points []chart.Point) {
	for _, load := range loads {
		messages := newTraffic(m).messages(phase{length: 30 * time.Minute, rate: load * unit})
		newSystem(workers, processSlots).run(messages)
		wait := waits(messages, isAny).quantile(0.99)
		points = append(points, chart.Point{X: load, Y: wait.Seconds()})
		if wait >= reply.MaxWait {
			break
		}
	}
	return points
}

// processes returns the number of processes in words.
func processes(n int) string {
	if n == 1 {
		return "1 process"
	}
	return fmt.Sprintf("%d processes", n)
}

// steps returns the numbers from first to last.
func steps(first, last, step float64) (all []float64) {
	for v := first; v <= last; v += step {
		all = append(all, v)
	}
	return all
}

// withLimit adds a line at the longest wait with which messages are accepted.
func withLimit(c chart.Chart) chart.Chart {
	limit, last := reply.MaxWait.Seconds(), len(c.X.Ticks)-1
	c.Lines = append(c.Lines, chart.Line{
		Name:    "refused above",
		Points:  []chart.Point{{X: c.X.Ticks[0], Y: limit}, {X: c.X.Ticks[last], Y: limit}},
		IsLimit: true,
	})
	return c
}

// latencyChart shows the effect of the slowest answers.
func latencyChart() chart.Chart {
	const slots = 2 * processSlots
	c := chart.Chart{
		Title: fmt.Sprintf("Effect of slow answers on the wait, %d slots, latency p50 of 2 s", slots),
		X:     chart.Axis{Title: "messages a second", Ticks: steps(2, 16, 1)},
		Y:     waitAxis("wait, p99 (s)"),
	}
	for _, p99 := range []time.Duration{5 * time.Second, 10 * time.Second, 20 * time.Second, 40 * time.Second} {
		m := model{p50: 2 * time.Second, p99: p99}
		name := fmt.Sprintf("p99 %.0f s, mean %.1f s", p99.Seconds(), m.mean().Seconds())
		c.Lines = append(c.Lines, chart.Line{Name: name, Points: waitsByLoad(2, m, c.X.Ticks, 1)})
	}
	return withLimit(c)
}
