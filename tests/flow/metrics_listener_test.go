package flow

import (
	"net"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/kuvaka-tech/parley/cmd/parley/boot"
)

func TestMetricsAreOffUnlessConfigured(t *testing.T) {
	p := start(t, config(t))
	if p.MetricsURL() != "" {
		t.Errorf("MetricsURL = %q, want none without METRICS_ADDR", p.MetricsURL())
	}
	p.tcpDevice().Want(http.StatusNotFound, "GET", "/metrics", nil)
}

// Metrics have a separate listener, so that the API's port can be public.
func TestTheMetricsListenerServesOnlyMetrics(t *testing.T) {
	p := startWithMetrics(t)
	metrics := p.MetricsURL()
	p.tcpDevice().Want(http.StatusNotFound, "GET", "/metrics", nil)
	checkNotServed(t, "GET", strings.TrimSuffix(metrics, "/metrics")+"/healthz")
	checkNotServed(t, "POST", metrics)
	http.DefaultClient.CloseIdleConnections()
	p.stop()
	if r, err := http.Get(metrics); err == nil {
		r.Body.Close()
		t.Error("the metrics can still be scraped after the program has stopped")
	}
}

// checkNotServed checks that the response to a request is 404 or 405.
func checkNotServed(t *testing.T, method, address string) {
	t.Helper()
	r, err := http.NewRequest(method, address, nil)
	if err != nil {
		t.Fatalf("create the request %s %s: %v", method, address, err)
	}
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatalf("the request %s %s failed: %v", method, address, err)
	}
	res.Body.Close()
	if !slices.Contains([]int{http.StatusNotFound, http.StatusMethodNotAllowed}, res.StatusCode) {
		t.Errorf("%s %s: status %d, want 404 or 405", method, address, res.StatusCode)
	}
}

func TestTheProgramDoesNotStartIfTheMetricsAddressIsInUse(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatalf("listen on a free port: %v", err)
	}
	defer l.Close()
	app, err := boot.New(config(t, "METRICS_ADDR", l.Addr().String()))
	if err != nil {
		t.Fatalf("wire the program: %v", err)
	}
	if err := app.Start(t.Context()); err == nil || !strings.Contains(err.Error(), "METRICS_ADDR") {
		t.Errorf("start with METRICS_ADDR in use: error %v, want one that names METRICS_ADDR", err)
	}
}
