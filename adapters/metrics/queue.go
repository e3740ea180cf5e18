package metrics

import (
	"context"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/kuvaka-tech/parley/core/quota"
	"github.com/kuvaka-tech/parley/ports"
)

// askWithin bounds how long the store may take to answer a scrape.
const askWithin = 2 * time.Second

var (
	queueReplies = prometheus.NewDesc("parley_queue_replies", "Replies that are due and not claimed, and those under a claim.", []string{"state"}, nil)
	queueOldest  = prometheus.NewDesc("parley_queue_oldest_seconds", "How long the first of the queued has been due.", nil, nil)
	workersLive  = prometheus.NewDesc("parley_workers", "Worker processes that live.", nil, nil)
	tokensToday  = prometheus.NewDesc("parley_llm_tokens_today", "Tokens of the model, in and out, that all processes have counted on this UTC day.", nil, nil)
)

// queue asks the store at each scrape. Of a store that does not answer, its
// metrics are absent; the others are there.
type queue struct {
	work    ports.Work
	workers ports.Workers
	spend   ports.Spend
	clock   ports.Clock
}

// Watch adds what waits, who works, and what was spent today, to the metrics.
func (m *Metrics) Watch(work ports.Work, workers ports.Workers, spend ports.Spend, clock ports.Clock) {
	m.registry.MustRegister(queue{work, workers, spend, clock})
}

func (q queue) Describe(descs chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{queueReplies, queueOldest, workersLive, tokensToday} {
		descs <- d
	}
}

func (q queue) Collect(values chan<- prometheus.Metric) {
	ctx, cancel := context.WithTimeout(context.Background(), askWithin)
	defer cancel()
	gauge := func(d *prometheus.Desc, v float64, labels ...string) {
		values <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, v, labels...)
	}
	now := q.clock.Now()
	if d, err := q.work.Depth(ctx, now); err == nil {
		gauge(queueReplies, float64(d.Queued), "queued")
		gauge(queueReplies, float64(d.Running), "running")
		gauge(queueOldest, d.Oldest.Seconds())
	}
	if n, err := q.workers.Live(ctx, now); err == nil {
		gauge(workersLive, float64(n))
	}
	if n, err := q.spend.Spent(ctx, quota.DayOf(now)); err == nil {
		gauge(tokensToday, float64(n))
	}
}
