//go:build linux

package rig

import (
	"io"
	"net/http"
	"regexp"
	"strconv"
	"strings"
)

var metricLine = regexp.MustCompile(`(?m)^(\w+)(\{[^}]*\})? (\S+)$`)

// Metric returns the sum of the values of a metric whose labels contain each of the texts,
// such as `status="500"`.
func (p *Parley) Metric(name string, labels ...string) int {
	p.Helper()
	sum := 0.0
	for _, line := range metricLine.FindAllStringSubmatch(p.metrics(), -1) {
		if line[1] != name || !containsAll(line[2], labels) {
			continue
		}
		value, err := strconv.ParseFloat(line[3], 64)
		if err != nil {
			p.Fatalf("parse the metric %s: %v", line[0], err)
		}
		sum += value
	}
	return int(sum)
}

func containsAll(s string, parts []string) bool {
	for _, part := range parts {
		if !strings.Contains(s, part) {
			return false
		}
	}
	return true
}

// metrics returns the metrics of the process in the text format of Prometheus.
func (p *Parley) metrics() string {
	p.Helper()
	res, err := http.Get("http://" + Loopback(p.Metrics) + "/metrics")
	if err != nil {
		p.Fatalf("read the metrics of %s: %v", p, err)
	}
	defer res.Body.Close()
	raw, err := io.ReadAll(res.Body)
	if err != nil {
		p.Fatalf("read the metrics of %s: %v", p, err)
	}
	return string(raw)
}
