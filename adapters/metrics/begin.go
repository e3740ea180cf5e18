package metrics

import (
	"github.com/prometheus/client_golang/prometheus"

	"github.com/kuvaka-tech/parley/core/chat"
	"github.com/kuvaka-tech/parley/core/subscription"
)

// A counter that begins with its first event hides that from Prometheus'
// increase(): what is known from the start is shown at 0.

var (
	smsOutcomes   = []string{"sent", "failed", "refused", "invalid"}
	modelOutcomes = []string{"answered", "declined", "failed", "limited", "left", "skipped"}
	modelCodes    = []string{chat.CodeUnavailable, chat.CodeTimeout, chat.CodeBlocked, chat.CodeRejected}
	lostCodes     = []string{"internal", chat.ErrLost.Code, chat.ErrCancelled.Code, chat.ErrGone.Code, "panic"}
)

// begin shows the counters whose labels are the same in every program.
func (m *Metrics) begin() {
	zero(m.accepted, string(subscription.Basic), string(subscription.Pro))
	zero(m.tokens, "in", "out")
	zero(m.sms, "sent", "failed")
	zero(m.webhooks, append([]string{"other"}, eventTypes...)...)
	zero(m.looks, "same", "repaired", "unknown", "failed")
	zero(m.replies.MustCurryWith(prometheus.Labels{"outcome": "done"}), "")
	zero(m.replies.MustCurryWith(prometheus.Labels{"outcome": "retried"}), chat.CodeUnavailable, chat.CodeTimeout)
	zero(m.replies.MustCurryWith(prometheus.Labels{"outcome": "failed"}), modelCodes...)
	zero(m.replies.MustCurryWith(prometheus.Labels{"outcome": "lost"}), lostCodes...)
}

// Senders shows the tries of these SMS companies from the start.
func (m *Metrics) Senders(names ...string) {
	for _, name := range names {
		zero(m.smsTries.MustCurryWith(prometheus.Labels{"sender": name}), smsOutcomes...)
	}
	if len(names) > 0 {
		m.smsTries.WithLabelValues("none", "lost").Add(0)
	}
}

// Providers shows the calls of these models' providers from the start.
func (m *Metrics) Providers(names ...string) {
	for _, name := range names {
		zero(m.models.MustCurryWith(prometheus.Labels{"provider": name}), modelOutcomes...)
	}
}

// zero shows a counter at 0 under each value of its one label that is left.
func zero(c *prometheus.CounterVec, values ...string) {
	for _, v := range values {
		c.WithLabelValues(v).Add(0)
	}
}
