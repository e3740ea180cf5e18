package capacity

import (
	"math"
	"slices"
	"testing"
	"time"

	"github.com/kuvaka-tech/parley/core/reply"
)

// normalP99 is the 99 % quantile of the standard normal distribution.
const normalP99 = 2.3263478740408408

// model is a language model whose latency has a log-normal distribution with these quantiles. No
// answer takes longer than reply.AttemptTimeout.
type model struct{ p50, p99 time.Duration }

// sigma is the standard deviation of the logarithm of the latency.
func (m model) sigma() float64 { return math.Log(float64(m.p99)/float64(m.p50)) / normalP99 }

// latency draws the latency of an answer.
func (m model) latency(s source) time.Duration {
	drawn := toMicrosecond(float64(m.p50) * math.Exp(m.sigma()*s.normal()))
	return min(drawn, reply.AttemptTimeout)
}

// mean returns the mean latency. It adds the part of the distribution below the timeout, and the
// timeout times the probability of reaching it.
func (m model) mean() time.Duration {
	sigma := m.sigma()
	limit := math.Log(float64(reply.AttemptTimeout)/float64(m.p50)) / sigma
	below := float64(m.p50) * math.Exp(sigma*sigma/2) * normalBelow(limit-sigma)
	return time.Duration(below + float64(reply.AttemptTimeout)*(1-normalBelow(limit)))
}

// normalBelow returns the probability that a number of the standard normal distribution is below z.
func normalBelow(z float64) float64 { return math.Erfc(-z/math.Sqrt2) / 2 }

func TestLatencyHasTheDistributionOfTheModel(t *testing.T) {
	for _, m := range []model{defaultModel, {p50: 2 * time.Second, p99: 40 * time.Second}} {
		s := newSource(1)
		var drawn durations
		for range 200_000 {
			drawn = append(drawn, m.latency(s))
		}
		slices.Sort(drawn)
		wantNear(t, "the median latency", drawn.quantile(0.5).Seconds(), m.p50.Seconds(), 0.01)
		wantNear(t, "the 99 % quantile of the latency", drawn.quantile(0.99).Seconds(), m.p99.Seconds(), 0.02)
		wantNear(t, "the mean latency", drawn.mean().Seconds(), m.mean().Seconds(), 0.01)
		if longest := drawn.quantile(1); longest != reply.AttemptTimeout {
			t.Errorf("the longest of 200,000 latencies is %v, want the timeout of %v", longest, reply.AttemptTimeout)
		}
	}
}

// wantNear fails unless got differs from want by at most this share of want.
func wantNear(t *testing.T, what string, got, want, share float64) {
	t.Helper()
	if math.Abs(got-want) > share*want {
		t.Errorf("%s is %.4g, want %.4g within %.1f %%", what, got, want, 100*share)
	}
}
