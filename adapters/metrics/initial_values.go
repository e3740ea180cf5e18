package metrics

import (
	"github.com/prometheus/client_golang/prometheus"

	"github.com/kuvaka-tech/parley/core/plan"
	"github.com/kuvaka-tech/parley/core/reply"
)

// A counter must exist with value 0 before its first event. Otherwise increase()
// of Prometheus misses that event. This file creates the counters whose labels
// are known at start.

var (
	smsOutcomes      = []string{"sent", "failed", "refused", "invalid"}
	providerOutcomes = []string{"answered", "declined", "failed", "limited", "left", "skipped"}
	choreOutcomes    = []string{"done", "obsolete", "failed", "cancelled", "skipped", "panic"}
	retryCodes       = []string{reply.CodeUnavailable, reply.CodeTimeout}
	failureCodes     = []string{reply.CodeUnavailable, reply.CodeTimeout, reply.CodeBlocked, reply.CodeRejected}
	lostCodes        = []string{
		reply.ErrClaimLost.Code, reply.ErrCancelled.Code, reply.ErrDeleted.Code, "internal", "panic",
	}
)

// initCounters creates the counters whose labels do not depend on the configuration.
func (m *Metrics) initCounters() {
	for _, byTier := range []*prometheus.CounterVec{m.accepted, m.edited, m.retried} {
		initToZero(byTier, string(plan.Basic), string(plan.Pro))
	}
	for _, chore := range []string{"title", "summary"} {
		initToZero(m.chores.MustCurryWith(prometheus.Labels{"chore": chore}), choreOutcomes...)
	}
	initToZero(m.roomCache, "hit", "miss", "bypassed")
	initToZero(m.tokens, "in", "out")
	initToZero(m.sms, "sent", "failed")
	initToZero(m.guardRefusals.MustCurryWith(prometheus.Labels{"rule": "cap"}), "refused")
	for _, rule := range []string{"unverified", "wrong_codes"} {
		initToZero(m.guardRefusals.MustCurryWith(prometheus.Labels{"rule": rule}), "refused", "recorded")
	}
	initToZero(m.webhooks, append([]string{"other"}, webhookTypes...)...)
	initToZero(m.reconciled, "same", "repaired", "unknown", "failed")
	for outcome, codes := range map[string][]string{
		"done":      {""},
		"cancelled": {""},
		"retried":   retryCodes,
		"failed":    failureCodes,
		"lost":      lostCodes,
	} {
		initToZero(m.replyAttempts.MustCurryWith(prometheus.Labels{"outcome": outcome}), codes...)
	}
}

// InitSenders creates the counters of SMS senders, with value 0.
func (m *Metrics) InitSenders(names ...string) {
	for _, name := range names {
		initToZero(m.smsAttempts.MustCurryWith(prometheus.Labels{"sender": name}), smsOutcomes...)
	}
	if len(names) > 0 {
		m.smsAttempts.WithLabelValues("none", "lost").Add(0)
	}
}

// InitProviders creates the counters of LLM providers, with value 0.
func (m *Metrics) InitProviders(names ...string) {
	for _, name := range names {
		initToZero(m.providerCalls.MustCurryWith(prometheus.Labels{"provider": name}), providerOutcomes...)
	}
}

// initToZero creates the counters for the values of a label. c must have exactly one
// label without a value.
func initToZero(c *prometheus.CounterVec, values ...string) {
	for _, v := range values {
		c.WithLabelValues(v).Add(0)
	}
}
