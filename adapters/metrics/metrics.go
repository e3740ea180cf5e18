// Package metrics counts what happens, for Prometheus. Every label's value is
// one of a few, whatever clients, models and companies send.
package metrics

import (
	"net/http"
	"runtime"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promauto"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// Metrics holds the counts of one program. Its methods are for those who see
// something happen; the types beside it count what goes through a port.
type Metrics struct {
	registry *prometheus.Registry

	requests *prometheus.CounterVec
	seconds  *prometheus.HistogramVec
	refusals *prometheus.CounterVec
	accepted *prometheus.CounterVec
	replies  *prometheus.CounterVec
	llm      prometheus.Histogram
	tokens   *prometheus.CounterVec
	webhooks *prometheus.CounterVec
	sms      *prometheus.CounterVec
	smsTries *prometheus.CounterVec
	looks    *prometheus.CounterVec
	models   *prometheus.CounterVec
}

// New returns metrics at zero, with those of the Go runtime, the process and the build.
func New(version string) *Metrics {
	r := prometheus.NewRegistry()
	r.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	auto := promauto.With(r)
	counter := func(name, help string, labels ...string) *prometheus.CounterVec {
		return auto.NewCounterVec(prometheus.CounterOpts{Name: name, Help: help}, labels)
	}
	auto.NewGauge(prometheus.GaugeOpts{Name: "parley_build_info", Help: "What runs: always 1.", ConstLabels: prometheus.Labels{"version": version, "go": runtime.Version()}}).Set(1)
	m := &Metrics{
		registry: r,
		requests: counter("parley_http_requests_total", "Requests answered.", "method", "route", "status"),
		seconds:  auto.NewHistogramVec(prometheus.HistogramOpts{Name: "parley_http_request_seconds", Help: "How long requests took; long-polls wait up to 30 s.", Buckets: requestBuckets}, []string{"route"}),
		refusals: counter("parley_refusals_total", "Requests refused, by the code of their problem.", "code"),
		accepted: counter("parley_messages_accepted_total", "Messages accepted, by the tier they were accepted under.", "tier"),
		replies:  counter("parley_replies_total", "Attempts at replies, by how they ended and why.", "outcome", "code"),
		llm:      auto.NewHistogram(prometheus.HistogramOpts{Name: "parley_llm_seconds", Help: "How long calls of the model took.", Buckets: modelBuckets}),
		tokens:   counter("parley_llm_tokens_total", "Tokens of the model, as it counts them.", "direction"),
		webhooks: counter("parley_webhooks_total", "Webhooks with a good signature, by type.", "type"),
		sms:      counter("parley_sms_total", "Texts to be sent, and whether the stand-in, or the queue before the SMS companies, took them.", "outcome"),
		smsTries: counter("parley_sms_tries_total", "Tries to hand a text to an SMS company, by what came of them; those that are lost went to none.", "sender", "outcome"),
		looks:    counter("parley_reconciled_total", "Customers that the payments company was asked about for want of a webhook, by what came of it.", "outcome"),
		models:   counter("parley_llm_provider_total", "Calls of each provider of a model, by what came of them.", "provider", "outcome"),
	}
	m.begin()
	return m
}

// In seconds.
var (
	requestBuckets = []float64{.005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 30}
	modelBuckets   = []float64{.1, .25, .5, 1, 2, 5, 10, 20, 40, 60}
)

// ServeHTTP shows everything in Prometheus' text format.
func (m *Metrics) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{}).ServeHTTP(w, r)
}

// Request counts an answered request. method is a known one or "other", route
// the pattern that matched, and code that of the refusal, "" for none.
func (m *Metrics) Request(method, route, code string, status int, took time.Duration) {
	m.requests.WithLabelValues(method, route, strconv.Itoa(status)).Inc()
	m.seconds.WithLabelValues(route).Observe(took.Seconds())
	if code != "" {
		m.refusals.WithLabelValues(code).Inc()
	}
}

// Attempt counts an attempt at a reply: done, retried, failed or lost, and the code of what was wrong.
func (m *Metrics) Attempt(outcome, code string) { m.replies.WithLabelValues(outcome, code).Inc() }

// SMSTry counts a try to hand a text to an SMS company: sent, failed, refused or
// invalid; or, of no company, a text that is lost.
func (m *Metrics) SMSTry(sender, outcome string) { m.smsTries.WithLabelValues(sender, outcome).Inc() }

// Provider counts a call of a provider's model: answered, declined, failed,
// limited, left, or skipped without a call.
func (m *Metrics) Provider(provider, outcome string) {
	m.models.WithLabelValues(provider, outcome).Inc()
}

// Reconciled counts customers that the payments company was asked about: same,
// repaired, unknown or failed.
func (m *Metrics) Reconciled(outcome string, n int) {
	m.looks.WithLabelValues(outcome).Add(float64(n))
}
