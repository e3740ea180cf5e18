package capacity

import (
	"slices"
	"time"
)

// durations are sorted before quantile is called.
type durations []time.Duration

// quantile returns the duration that this share of all durations does not exceed, and 0 if there
// are none.
func (d durations) quantile(share float64) time.Duration {
	if len(d) == 0 {
		return 0
	}
	return d[min(int(share*float64(len(d))), len(d)-1)]
}

func (d durations) mean() time.Duration {
	var sum time.Duration
	for _, one := range d {
		sum += one
	}
	return sum / time.Duration(max(len(d), 1))
}

// isPro, isBasic and isAny select messages.
func isPro(m *message) bool   { return m.headStart > 0 }
func isBasic(m *message) bool { return m.headStart == 0 }
func isAny(*message) bool     { return true }

// waits returns the sorted waiting times of the selected messages that were accepted.
func waits(messages []*message, selected func(*message) bool) (all durations) {
	for _, m := range messages {
		if !m.refused && selected(m) {
			all = append(all, m.wait())
		}
	}
	slices.Sort(all)
	return all
}

// sentIn returns the messages that were sent from a time on, and before another one.
func sentIn(messages []*message, from, to time.Duration) (selected []*message) {
	for _, m := range messages {
		if m.sent >= from && m.sent < to {
			selected = append(selected, m)
		}
	}
	return selected
}

// refusedShare returns the share of the messages that were refused.
func refusedShare(messages []*message) float64 {
	refused := 0
	for _, m := range messages {
		if m.refused {
			refused++
		}
	}
	return float64(refused) / float64(max(len(messages), 1))
}

// usedSlots returns how many slots were used on average until a time.
func usedSlots(messages []*message, until time.Duration) float64 {
	var used time.Duration
	for _, m := range messages {
		if !m.refused {
			used += max(0, min(m.ended(), until)-m.claimed)
		}
	}
	return used.Seconds() / until.Seconds()
}
