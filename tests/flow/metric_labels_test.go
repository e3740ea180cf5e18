package flow

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/kuvaka-tech/parley/tests/client"
)

// Requests cannot add label values. Otherwise a client could use up the memory of Prometheus.
func TestRequestsDoNotAddMetricLabels(t *testing.T) {
	p := startWithMetrics(t)
	p.sendRandomRequests(1000)
	text, series := p.scrape()
	if strings.Contains(strings.ToLower(text), "canary") {
		t.Error("a label contains text of a request")
	}
	if series[`parley_http_requests_total{method="other",route="none",status="404"}`] == 0 {
		t.Errorf("requests with unknown methods and paths are not counted as other and none:\n%s", text)
	}
	own, routes := 0, map[string]bool{}
	for name := range series {
		if strings.HasPrefix(name, "parley_") {
			own++
		}
		if _, rest, found := strings.Cut(name, `route="`); found {
			route, _, _ := strings.Cut(rest, `"`)
			routes[route] = true
		}
	}
	if own > 400 || len(routes) > 30 {
		t.Errorf("%d series and %d routes after 1000 requests, want at most 400 and 30:\n%s", own, len(routes), text)
	}
}

// sendRandomRequests sends requests with unknown methods, paths and headers. All of
// their text contains the word canary.
func (p *program) sendRandomRequests(n int) {
	p.t.Helper()
	d := p.newDevice().Login(client.Number())
	methods := []string{"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT", "get"}
	prefixes := []string{
		"", "/chatroom", "/chatroom/x/messages", "/user/me", "/subscribe", "/pretend/checkout", "/docs",
		"/webhook/stripe", "/metrics",
	}
	suffixes := []string{"", "/", "/%2f", "/message", "//x"}
	random := rand.New(rand.NewPCG(1, 2))
	pick := func(list []string) string { return list[random.IntN(len(list))] }
	for i := range n {
		method := pick(methods)
		if i%10 == 0 {
			method = fmt.Sprint("CANARY", i)
		}
		path := fmt.Sprintf("%s/canary%d%s?canary=%d", pick(prefixes), random.Uint64(), pick(suffixes), i)
		d.call(method, path, nil, "X-Request-Id", fmt.Sprint("canary", i), "Content-Type", "canary")
	}
}

// The payments provider adds event types without notice, so unknown types are counted as "other".
func TestUnknownWebhookTypesDoNotAddMetricLabels(t *testing.T) {
	spy := &paymentsSpy{}
	p := startWithMetrics(t, capturePayments(&spy.Payments), spy.captureWebhooks())
	for i := range 20 {
		payload := fmt.Appendf(nil, `{"id":"evt_%d","type":"canary.%d"}`, i, i)
		checkReceived(t, p.postWebhook(payload, spy.Sign(payload, time.Now())))
		p.postWebhook(payload, "forged")
	}
	text, series := p.scrape()
	for name, want := range map[string]float64{
		`parley_webhooks_total{type="other"}`:             20,
		`parley_refusals_total{code="invalid_signature"}`: 20,
	} {
		if got := series[name]; got != want {
			t.Errorf("%s = %v, want %v", name, got, want)
		}
	}
	if strings.Contains(text, "canary") {
		t.Errorf("a label contains the type of a webhook:\n%s", text)
	}
}
