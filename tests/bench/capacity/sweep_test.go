package capacity

import (
	"fmt"
	"strings"
	"time"
)

// sweepLength is how long messages are sent, from an empty queue on.
const sweepLength = 30 * time.Minute

// sweepTable returns a Markdown table of the results of half an hour, for several numbers of slots and
// rates of messages.
func sweepTable() string {
	lines := []string{
		"| slots | messages/s | load | Basic p50, p95, p99 | Pro p50, p95, p99 | used slots | refused |",
		"|---|---|---|---|---|---|---|",
	}
	for _, slots := range []int{16, 64, 256} {
		for _, rate := range []float64{4, 16, 75} {
			lines = append(lines, sweepRow(slots, rate))
		}
	}
	return strings.Join(lines, "\n") + "\n"
}

// sweepRow returns the row of one number of slots and one rate.
func sweepRow(slots int, rate float64) string {
	messages := newTraffic(defaultModel).messages(phase{length: sweepLength, rate: rate})
	newSystem(slots/processSlots, processSlots).run(messages)
	return fmt.Sprintf("| %d | %g | %.0f %% | %s | %s | %.1f | %.0f %% |", slots, rate,
		100*rate/capacityOf(slots, defaultModel), threeQuantiles(waits(messages, isBasic)),
		threeQuantiles(waits(messages, isPro)), usedSlots(messages, sweepLength), 100*refusedShare(messages))
}

// threeQuantiles returns p50, p95 and p99.
func threeQuantiles(d durations) string {
	return fmt.Sprintf("%.1f, %.1f, %.1f s",
		d.quantile(0.5).Seconds(), d.quantile(0.95).Seconds(), d.quantile(0.99).Seconds())
}
