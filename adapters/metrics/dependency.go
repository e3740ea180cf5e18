package metrics

import (
	"context"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// dependencyTimeout limits how long a check of a dependency delays a scrape.
const dependencyTimeout = time.Second

// RegisterDependency adds the metric parley_up for a dependency. Each scrape calls
// check. The value is 1 if check succeeds, and 0 if it fails or takes longer than 1 s.
func (m *Metrics) RegisterDependency(name string, check func(context.Context) error) {
	m.registry.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{
		Name:        "parley_up",
		Help:        "1 if the process can reach the dependency, else 0.",
		ConstLabels: prometheus.Labels{"dependency": name},
	}, func() float64 { return up(check) }))
}

// up returns the value of parley_up. It returns after dependencyTimeout even if
// check ignores its context.
func up(check func(context.Context) error) float64 {
	ctx, cancel := context.WithTimeout(context.Background(), dependencyTimeout)
	defer cancel()
	result := make(chan error, 1)
	go func() { result <- check(ctx) }()
	select {
	case err := <-result:
		if err == nil {
			return 1
		}
	case <-ctx.Done():
	}
	return 0
}
