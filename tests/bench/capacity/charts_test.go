package capacity

import (
	"fmt"
	"time"

	"github.com/kuvaka-tech/parley/core/reply"
)

// charts returns the charts of .docs/capacity.md by their file names. Each takes a few seconds at most.
func charts() map[string]func() chart {
	return map[string]func() chart{
		"capacity-load.svg":    loadChart,
		"capacity-burst.svg":   burstChart,
		"capacity-latency.svg": latencyChart,
		"capacity-plans.svg":   plansChart,
	}
}

// waitAxis is for waits from a tenth of a second to the limit of five minutes.
func waitAxis(title string) axis {
	return axis{title: title, ticks: []float64{0.1, 1, 10, 100, 1000}, isLog: true}
}

// loadChart shows the wait while the load grows, for several numbers of workers.
func loadChart() chart {
	c := chart{
		title: fmt.Sprintf("Wait until the claim during half an hour, %d slots per worker process", processSlots),
		x:     axis{title: "load (% of the messages a second that occupy all slots)", ticks: steps(40, 130, 10)},
		y:     waitAxis("wait, p99 (s)"),
	}
	for _, workers := range []int{1, 2, 4, 8} {
		full := capacityOf(workers*processSlots, defaultModel)
		points := waitsByLoad(workers, defaultModel, c.x.ticks, full/100)
		c.lines = append(c.lines, plot{name: processes(workers), points: points})
	}
	return c.withLimit()
}

// waitsByLoad returns the p99 of the waits in half an hour from an empty queue, for some loads. A load
// of 1 is unit messages a second. It ends with the first load whose waits reach the limit, because
// refusals keep them there.
func waitsByLoad(workers int, m model, loads []float64, unit float64) (points []point) {
	for _, load := range loads {
		messages := newTraffic(m).messages(phase{length: 30 * time.Minute, rate: load * unit})
		newSystem(workers, processSlots).run(messages)
		wait := waits(messages, isAny).quantile(0.99)
		points = append(points, point{load, wait.Seconds()})
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
func (c chart) withLimit() chart {
	limit, last := reply.MaxWait.Seconds(), len(c.x.ticks)-1
	c.lines = append(c.lines, plot{
		name:    "refused above",
		points:  []point{{c.x.ticks[0], limit}, {c.x.ticks[last], limit}},
		isLimit: true,
	})
	return c
}

// latencyChart shows the effect of the slowest answers.
func latencyChart() chart {
	const slots = 2 * processSlots
	c := chart{
		title: fmt.Sprintf("Effect of slow answers on the wait, %d slots, latency p50 of 2 s", slots),
		x:     axis{title: "messages a second", ticks: steps(2, 16, 1)},
		y:     waitAxis("wait, p99 (s)"),
	}
	for _, p99 := range []time.Duration{5 * time.Second, 10 * time.Second, 20 * time.Second, 40 * time.Second} {
		m := model{p50: 2 * time.Second, p99: p99}
		name := fmt.Sprintf("p99 %.0f s, mean %.1f s", p99.Seconds(), m.mean().Seconds())
		c.lines = append(c.lines, plot{name: name, points: waitsByLoad(2, m, c.x.ticks, 1)})
	}
	return c.withLimit()
}
