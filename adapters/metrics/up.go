package metrics

import (
	"context"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// upWithin bounds how long a dependency may take to answer a scrape.
const upWithin = time.Second

// Up adds whether a dependency answers, which is asked at each scrape.
func (m *Metrics) Up(dependency string, ask func(context.Context) error) {
	m.registry.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{
		Name: "parley_up", Help: "Whether a dependency answers the process: 1 or 0.", ConstLabels: prometheus.Labels{"dependency": dependency},
	}, func() float64 { return answers(ask) }))
}

// answers is 1 or 0, in time also where ask goes on for longer.
func answers(ask func(context.Context) error) float64 {
	ctx, cancel := context.WithTimeout(context.Background(), upWithin)
	defer cancel()
	asked := make(chan error, 1)
	go func() { asked <- ask(ctx) }()
	select {
	case err := <-asked:
		if err == nil {
			return 1
		}
	case <-ctx.Done():
	}
	return 0
}
