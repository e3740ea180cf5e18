package capacity

import (
	"fmt"
	"math"
	"testing"
	"time"
)

// erlangC returns the probability that a message waits if it arrives at random (Poisson), the
// service times are exponential, and load is the number of slots that are used on average.
func erlangC(slots int, load float64) float64 {
	blocked := 1.0 // Erlang B, by its recursion over the number of slots
	for c := 1; c <= slots; c++ {
		blocked = load * blocked / (float64(c) + load*blocked)
	}
	return blocked / (1 - load/float64(slots)*(1-blocked))
}

func TestErlangCOfKnownCases(t *testing.T) {
	wantNear(t, "the probability of waiting for a single slot with a load of 0.8", erlangC(1, 0.8), 0.8, 1e-9)
	wantNear(t, "the probability of waiting for 2 slots with a load of 1", erlangC(2, 1), 1.0/3, 1e-9)
}

// mmcRuns is the number of runs whose mean is compared with theory.
const mmcRuns = 16

// With exponential service times and without refusals, the queue is an M/M/c queue. The order of
// the messages does not change its mean wait. The more slots are used, the more the waits of a run
// depend on each other, so the more messages are needed.
func TestTheMeanWaitIsThatOfErlangC(t *testing.T) {
	for _, c := range []struct {
		slots    int
		used     float64 // share of the slots
		messages float64 // of each run
	}{{1, 0.5, 12_500}, {1, 0.8, 25_000}, {4, 0.8, 25_000}, {16, 0.8, 50_000}, {64, 0.9, 100_000}} {
		t.Run(fmt.Sprintf("%d slots, %.0f %% used", c.slots, 100*c.used), func(t *testing.T) {
			t.Parallel()
			load := c.used * float64(c.slots)
			var means, shares []float64
			for seed := range uint64(mmcRuns) {
				all := waitsOfMMc(seed, c.slots, load, c.messages)
				means = append(means, all.mean().Seconds())
				shares = append(shares, positive(all))
			}
			probability := erlangC(c.slots, load)
			wantMean(t, "the mean wait in seconds", means, probability/(float64(c.slots)-load))
			wantMean(t, "the share of messages that wait", shares, probability)
		})
	}
}

// wantMean fails unless the mean of the runs is within three standard errors of want, and a standard
// error is at most 5 % of want.
func wantMean(t *testing.T, what string, runs []float64, want float64) {
	t.Helper()
	var sum, squares float64
	for _, r := range runs {
		sum += r
		squares += r * r
	}
	n := float64(len(runs))
	mean := sum / n
	standardError := math.Sqrt((squares/n - mean*mean) / (n - 1))
	t.Logf("%s is %.4g ± %.2g, and %.4g by Erlang C", what, mean, standardError, want)
	if math.Abs(mean-want) > 3*standardError || standardError > 0.05*want {
		t.Errorf("%s is %.4g with a standard error of %.2g, want %.4g", what, mean, standardError, want)
	}
}

// waitsOfMMc returns the waits of about n messages in an M/M/c queue. An answer takes a second on
// average, so load is also the number of messages a second.
func waitsOfMMc(seed uint64, slots int, load, n float64) durations {
	oneSecond := func(s source) time.Duration { return s.exponential(time.Second) }
	users := traffic{seed: seed, users: 1000, proEvery: 5, latency: oneSecond}
	messages := users.messages(phase{length: seconds(n / load), rate: load})
	system{workers: 1, slots: slots, acceptAll: true}.run(messages)
	return waits(messages, isAny)
}

// positive returns the share of the durations above 0.
func positive(all durations) float64 {
	n := 0
	for _, d := range all {
		if d > 0 {
			n++
		}
	}
	return float64(n) / float64(len(all))
}

func seconds(s float64) time.Duration { return time.Duration(s * float64(time.Second)) }

// By Little's law, the average number of messages in the queue is their rate times their mean wait,
// and the average number of used slots is the rate times the mean latency. Both are exact from an
// empty system to an empty system. The simulation counts the left sides while time passes.
func TestLittlesLaw(t *testing.T) {
	messages := newTraffic(defaultModel).messages(phase{length: time.Hour, rate: 1.2 * capacityOf(32, defaultModel)})
	end := newSystem(2, 16).run(messages)
	var waited, answered time.Duration
	for _, m := range messages {
		if !m.refused {
			waited += m.wait()
			answered += m.latency
		}
	}
	if waited == 0 || end.queuedTime != waited {
		t.Errorf("the queue was used for %v, want the sum of all waits, %v", end.queuedTime, waited)
	}
	if end.runningTime != answered {
		t.Errorf("the slots were used for %v, want the sum of all latencies, %v", end.runningTime, answered)
	}
}
