package metrics

import (
	"context"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/kuvaka-tech/parley/core/otp"
	"github.com/kuvaka-tech/parley/core/quota"
	"github.com/kuvaka-tech/parley/ports"
)

var countryCodes = prometheus.NewDesc("parley_country_codes_today",
	"Codes for numbers of a country on this UTC day, of all processes. sent: for all devices, with repetitions. "+
		"issued, verified and expired (without being verified): for unknown devices.",
	[]string{"country", "state"}, nil)

// countryCodesCollector queries the store at each scrape, like storeCollector. The countries are
// those of libphonenumber, about 250.
type countryCodesCollector struct {
	counts ports.CodeCounts
	clock  ports.Clock
}

// RegisterCountryCodes adds metrics about the codes of each country.
func (m *Metrics) RegisterCountryCodes(counts ports.CodeCounts, clock ports.Clock) {
	m.registry.MustRegister(countryCodesCollector{counts: counts, clock: clock})
}

// Describe implements prometheus.Collector.
func (c countryCodesCollector) Describe(descs chan<- *prometheus.Desc) { descs <- countryCodes }

// Collect implements prometheus.Collector.
func (c countryCodesCollector) Collect(values chan<- prometheus.Metric) {
	ctx, cancel := context.WithTimeout(context.Background(), storeTimeout)
	defer cancel()
	gauge := func(country, state string, n int) {
		values <- prometheus.MustNewConstMetric(countryCodes, prometheus.GaugeValue, float64(n), country, state)
	}
	now := c.clock.Now()
	day := quota.DayOf(now)
	if taken, err := c.counts.Taken(ctx, day); err == nil {
		for country, n := range taken {
			gauge(country, "sent", n)
		}
	}
	if today, err := c.counts.Sum(ctx, (day - 1).End(), day.End()); err == nil {
		for country, counts := range today {
			gauge(country, "issued", counts.Issued)
			gauge(country, "verified", counts.Verified)
		}
	}
	if expired, err := c.counts.Sum(ctx, (day - 1).End(), otp.ExpiredBefore(now)); err == nil {
		for country, counts := range expired {
			gauge(country, "expired", counts.Issued-counts.Verified)
		}
	}
}
