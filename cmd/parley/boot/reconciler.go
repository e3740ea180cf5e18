package boot

import (
	"log/slog"

	"github.com/kuvaka-tech/parley/adapters/fake"
	"github.com/kuvaka-tech/parley/adapters/metrics"
	"github.com/kuvaka-tech/parley/adapters/reconciler"
	"github.com/kuvaka-tech/parley/app/subscribe"
	"github.com/kuvaka-tech/parley/configs"
	"github.com/kuvaka-tech/parley/ports"
)

func newReconciler(s *subscribe.Service, log *slog.Logger, m *metrics.Metrics) *reconciler.Reconciler {
	return reconciler.New(s, log, m.Reconciled)
}

// shouldReconcile reports whether the process reconciles subscriptions. An API process
// does no background work. Without a payments provider, every attempt would fail and
// delay the customer's next attempt.
func shouldReconcile(c configs.Config, p ports.Payments) bool {
	_, none := p.(fake.NoPayments)
	return c.Role != configs.RoleAPI && !none
}
