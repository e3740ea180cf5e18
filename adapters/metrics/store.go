package metrics

import (
	"context"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/kuvaka-tech/parley/core/quota"
	"github.com/kuvaka-tech/parley/core/reply"
	"github.com/kuvaka-tech/parley/ports"
)

// storeTimeout limits how long the store's queries delay a scrape.
const storeTimeout = 2 * time.Second

var (
	queueReplies = prometheus.NewDesc("parley_queue_replies",
		"Replies in the job queue: queued (without those that wait for a retry) or running.",
		[]string{"state"}, nil)
	queueOldest = prometheus.NewDesc("parley_queue_oldest_seconds",
		"How long the oldest reply has waited for a worker, without those that wait for others of their room or user.",
		nil, nil)
	queueWait = prometheus.NewDesc("parley_queue_wait_seconds",
		"How long a new Basic reply is expected to wait. 0 if this is unknown, because no worker is live.", nil, nil)
	liveWorkers = prometheus.NewDesc("parley_workers",
		"Live worker processes.", nil, nil)
	tokensToday = prometheus.NewDesc("parley_llm_tokens_today",
		"Tokens, in and out, of all processes on this UTC day.", nil, nil)
)

// storeCollector queries the store at each scrape. If a query fails, its metrics
// are missing from the scrape.
type storeCollector struct {
	queue   ports.ReplyQueue
	workers ports.Workers
	spend   ports.TokenSpend
	clock   ports.Clock
}

// RegisterStore adds metrics that are read from the store at each scrape: the
// size of the job queue, its expected wait, the live workers and today's tokens.
func (m *Metrics) RegisterStore(
	queue ports.ReplyQueue, workers ports.Workers, spend ports.TokenSpend, clock ports.Clock,
) {
	m.registry.MustRegister(storeCollector{queue: queue, workers: workers, spend: spend, clock: clock})
}

// Describe implements prometheus.Collector.
func (s storeCollector) Describe(descs chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{queueReplies, queueOldest, queueWait, liveWorkers, tokensToday} {
		descs <- d
	}
}

// Collect implements prometheus.Collector.
func (s storeCollector) Collect(values chan<- prometheus.Metric) {
	ctx, cancel := context.WithTimeout(context.Background(), storeTimeout)
	defer cancel()
	gauge := func(d *prometheus.Desc, v float64, labels ...string) {
		values <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, v, labels...)
	}
	now := s.clock.Now()
	if d, err := s.queue.Depth(ctx, now); err == nil {
		gauge(queueReplies, float64(d.Queued), "queued")
		gauge(queueReplies, float64(d.Running), "running")
		gauge(queueOldest, d.Oldest.Seconds())
	}
	if wait, err := s.wait(ctx, now); err == nil {
		gauge(queueWait, wait.Seconds())
	}
	if n, err := s.workers.CountLive(ctx, now); err == nil {
		gauge(liveWorkers, float64(n))
	}
	if n, err := s.spend.Total(ctx, quota.DayOf(now)); err == nil {
		gauge(tokensToday, float64(n))
	}
}

// wait returns how long a new reply without a head start is expected to wait, 0 if this is unknown.
func (s storeCollector) wait(ctx context.Context, now time.Time) (wait time.Duration, err error) {
	var load reply.Load
	if load.Capacity, err = s.workers.Capacity(ctx, now); err != nil {
		return 0, err
	}
	load.UsersAhead, err = s.queue.UsersAhead(ctx, now, 0, load.CountUpTo())
	wait, _ = load.Wait()
	return wait, err
}
