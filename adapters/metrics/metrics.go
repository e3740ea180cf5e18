// Package metrics exports metrics to Prometheus. Each label has a small, fixed set of
// values, which clients, models and providers cannot extend.
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

// Metrics holds the metrics of one process. Its methods count events. The types
// Messages, LLM, SMS and Webhooks wrap a port and count its calls.
type Metrics struct {
	registry *prometheus.Registry

	requests       *prometheus.CounterVec
	requestSeconds *prometheus.HistogramVec
	refusals       *prometheus.CounterVec
	accepted       *prometheus.CounterVec
	edited         *prometheus.CounterVec
	retried        *prometheus.CounterVec
	streams        prometheus.Gauge
	roomCache      *prometheus.CounterVec
	replyAttempts  *prometheus.CounterVec
	chores         *prometheus.CounterVec
	llmSeconds     prometheus.Histogram
	tokens         *prometheus.CounterVec
	webhooks       *prometheus.CounterVec
	sms            *prometheus.CounterVec
	smsAttempts    *prometheus.CounterVec
	guardRefusals  *prometheus.CounterVec
	reconciled     *prometheus.CounterVec
	providerCalls  *prometheus.CounterVec
}

// Histogram buckets, in seconds.
var (
	requestBuckets = []float64{.005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 30}
	llmBuckets     = []float64{.1, .25, .5, 1, 2, 5, 10, 20, 40, 60}
)

// New returns metrics whose counters are 0. They include the metrics of the Go
// runtime and of the process, and parley_build_info with the version.
func New(version string) *Metrics {
	r := prometheus.NewRegistry()
	r.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	register := promauto.With(r)
	counter := func(name, help string, labels ...string) *prometheus.CounterVec {
		return register.NewCounterVec(prometheus.CounterOpts{Name: name, Help: help}, labels)
	}
	register.NewGauge(prometheus.GaugeOpts{
		Name:        "parley_build_info",
		Help:        "Version of the program and of Go. Always 1.",
		ConstLabels: prometheus.Labels{"version": version, "go": runtime.Version()},
	}).Set(1)
	m := &Metrics{
		registry: r,
		requests: counter("parley_http_requests_total", "HTTP requests.", "method", "route", "status"),
		requestSeconds: register.NewHistogramVec(prometheus.HistogramOpts{
			Name:    "parley_http_request_seconds",
			Help:    "Duration of HTTP requests. Long polls wait up to 30 s.",
			Buckets: requestBuckets,
		}, []string{"route"}),
		refusals: counter("parley_refusals_total", "Refused HTTP requests, by problem code.", "code"),
		accepted: counter("parley_messages_accepted_total",
			"Accepted messages, by the tier whose limits applied.", "tier"),
		edited: counter("parley_messages_edited_total",
			"Accepted edits of a message, by the tier whose limits applied.", "tier"),
		retried: counter("parley_replies_retried_total",
			"Replies that a user has asked for again, by the tier whose limits applied.", "tier"),
		streams: register.NewGauge(prometheus.GaugeOpts{
			Name: "parley_event_streams",
			Help: "Open streams of events.",
		}),
		roomCache: counter("parley_room_cache_total",
			"Requests for rooms, by what the cache of responses did. bypassed: Redis is unavailable.", "outcome"),
		replyAttempts: counter("parley_replies_total",
			"Attempts to answer a message, by outcome and error code.", "outcome", "code"),
		chores: counter("parley_chores_total",
			"Titles and summaries that followed an answer, by outcome.", "chore", "outcome"),
		llmSeconds: register.NewHistogram(prometheus.HistogramOpts{
			Name:    "parley_llm_seconds",
			Help:    "Duration of model calls.",
			Buckets: llmBuckets,
		}),
		tokens:   counter("parley_llm_tokens_total", "Tokens, as counted by the model.", "direction"),
		webhooks: counter("parley_webhooks_total", "Payment webhooks with a valid signature, by type.", "type"),
		sms: counter("parley_sms_total",
			"SMS to send, by whether the SMS queue or the development outbox accepted them.", "outcome"),
		smsAttempts: counter("parley_sms_tries_total",
			"Attempts to send an SMS, by sender and outcome. Dropped SMS have sender none and outcome lost.",
			"sender", "outcome"),
		guardRefusals: counter("parley_code_guard_total",
			"Requests that a rule against SMS pumping refused, or would refuse if it were enforced (recorded).",
			"rule", "outcome"),
		reconciled: counter("parley_reconciled_total",
			"Customers that were fetched from the payments provider because no webhook came, by outcome.", "outcome"),
		providerCalls: counter("parley_llm_provider_total",
			"Model calls, by provider and outcome.", "provider", "outcome"),
	}
	m.initCounters()
	return m
}

// ServeHTTP writes all metrics in the text format of Prometheus.
func (m *Metrics) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{}).ServeHTTP(w, r)
}

// Request counts an HTTP request. method is a known HTTP method or "other",
// route is the matched pattern, and code is the problem code or "".
func (m *Metrics) Request(method, route, code string, status int, took time.Duration) {
	m.requests.WithLabelValues(method, route, strconv.Itoa(status)).Inc()
	m.requestSeconds.WithLabelValues(route).Observe(took.Seconds())
	if code != "" {
		m.refusals.WithLabelValues(code).Inc()
	}
}

// Stream counts the open streams of events: change is 1 when one starts, and -1 when it ends.
func (m *Metrics) Stream(change int) { m.streams.Add(float64(change)) }

// RoomCache counts a request for rooms. outcome is hit, miss or bypassed.
func (m *Metrics) RoomCache(outcome string) { m.roomCache.WithLabelValues(outcome).Inc() }

// ReplyAttempt counts an attempt to answer a message. outcome is done, cancelled, retried,
// failed or lost; code is the error code or "".
func (m *Metrics) ReplyAttempt(outcome, code string) {
	m.replyAttempts.WithLabelValues(outcome, code).Inc()
}

// Chore counts a call of the model that followed an answer. chore and outcome are as in
// worker.Config.OnChore.
func (m *Metrics) Chore(chore, outcome string) { m.chores.WithLabelValues(chore, outcome).Inc() }

// SMSAttempt counts an attempt to send an SMS. outcome is sent, failed, refused or
// invalid. An SMS that is dropped has the sender none and the outcome lost.
func (m *Metrics) SMSAttempt(sender, outcome string) {
	m.smsAttempts.WithLabelValues(sender, outcome).Inc()
}

// GuardRefusal counts a request that a rule of login.CodeGuard refused, or would have refused if it
// were enforced.
func (m *Metrics) GuardRefusal(rule string, enforced bool) {
	outcome := "recorded"
	if enforced {
		outcome = "refused"
	}
	m.guardRefusals.WithLabelValues(rule, outcome).Inc()
}

// ProviderCall counts a prompt at an LLM provider. outcome is answered, declined,
// failed, limited, left or skipped, as adapters/failover defines them.
func (m *Metrics) ProviderCall(provider, outcome string) {
	m.providerCalls.WithLabelValues(provider, outcome).Inc()
}

// Reconciled counts n customers that were fetched from the payments provider.
// outcome is same, repaired, unknown or failed.
func (m *Metrics) Reconciled(outcome string, n int) {
	m.reconciled.WithLabelValues(outcome).Add(float64(n))
}
