package metrics

import (
	"context"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/kuvaka-tech/parley/ports"
)

var (
	oldestDeleted = prometheus.NewDesc("parley_deleted_rooms_oldest_seconds",
		"How long ago the oldest room was deleted that is not removed yet. 0 if there is none.", nil, nil)
	customersToDelete = prometheus.NewDesc("parley_customers_to_delete",
		"Customers of erased accounts that the payments provider has not deleted yet.", nil, nil)
)

// deletionCollector queries the store at each scrape, like storeCollector.
type deletionCollector struct {
	retention ports.Retention
	customers ports.CustomerDeletions
	clock     ports.Clock
}

// RegisterDeletions adds metrics about what users have deleted and the program has not removed yet.
func (m *Metrics) RegisterDeletions(r ports.Retention, customers ports.CustomerDeletions, clock ports.Clock) {
	m.registry.MustRegister(deletionCollector{retention: r, customers: customers, clock: clock})
}

// Describe implements prometheus.Collector.
func (d deletionCollector) Describe(descs chan<- *prometheus.Desc) {
	descs <- oldestDeleted
	descs <- customersToDelete
}

// Collect implements prometheus.Collector.
func (d deletionCollector) Collect(values chan<- prometheus.Metric) {
	ctx, cancel := context.WithTimeout(context.Background(), storeTimeout)
	defer cancel()
	if age, err := d.retention.OldestDeleted(ctx, d.clock.Now()); err == nil {
		values <- prometheus.MustNewConstMetric(oldestDeleted, prometheus.GaugeValue, age.Seconds())
	}
	if n, err := d.customers.Count(ctx); err == nil {
		values <- prometheus.MustNewConstMetric(customersToDelete, prometheus.GaugeValue, float64(n))
	}
}
