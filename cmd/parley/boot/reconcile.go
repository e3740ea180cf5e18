package boot

import (
	"context"
	"log/slog"

	"github.com/kuvaka-tech/parley/adapters/fake"
	"github.com/kuvaka-tech/parley/adapters/metrics"
	"github.com/kuvaka-tech/parley/adapters/reconciler"
	"github.com/kuvaka-tech/parley/app/subscribe"
	"github.com/kuvaka-tech/parley/configs"
	"github.com/kuvaka-tech/parley/ports"
)

func newReconciler(s *subscribe.Subscribe, log *slog.Logger, m *metrics.Metrics) *reconciler.Reconciler {
	return reconciler.New(s, log, m.Reconciled)
}

// reconciles says whether the process looks after subscriptions: it works in the
// background, and has a payments company to ask.
func reconciles(c configs.Config, p ports.Payments) bool {
	_, closed := p.(fake.Closed)
	return c.Role != configs.API && !closed
}

// endless is a run that has nothing to fail with.
func endless(run func(context.Context)) func(context.Context) error {
	return func(ctx context.Context) error { run(ctx); return nil }
}
