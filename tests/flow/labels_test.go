package flow

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/kuvaka-tech/parley/cmd/parley/boot"
	"github.com/kuvaka-tech/parley/ports"
)

// Whatever clients send, it becomes no label.
func TestLabelsAreBounded(t *testing.T) {
	p := measured(t)
	d := p.inside().login(number())
	random := rand.New(rand.NewPCG(1, 2))
	methods := []string{"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT", "get"}
	starts := []string{"", "/chatroom", "/chatroom/x/messages", "/user/me", "/subscribe", "/pretend/checkout", "/docs", "/webhook/stripe", "/metrics"}
	for i := range 1000 {
		method := methods[random.IntN(len(methods))]
		if i%10 == 0 {
			method = fmt.Sprint("CANARY", i)
		}
		path := starts[random.IntN(len(starts))] + fmt.Sprintf("/canary%d%s?canary=%d", random.Uint64(), []string{"", "/", "/%2f", "/message", "//x"}[random.IntN(5)], i)
		if _, err := d.Call(method, path, nil, "X-Request-Id", fmt.Sprint("canary", i), "Content-Type", "canary"); err != nil {
			t.Fatal(err)
		}
	}
	text, series := p.scrape()
	if strings.Contains(strings.ToLower(text), "canary") {
		t.Error("what a client sent is a label")
	}
	ours := 0
	for name := range series {
		if strings.HasPrefix(name, "parley_") {
			ours++
		}
	}
	if series[`parley_http_requests_total{method="other",route="none",status="404"}`] == 0 || ours > 400 {
		t.Errorf("%d series after 1000 requests:\n%s", ours, text)
	}
	routes := map[string]bool{}
	for name := range series {
		if _, rest, found := strings.Cut(name, `route="`); found {
			route, _, _ := strings.Cut(rest, `"`)
			routes[route] = true
		}
	}
	if len(routes) > 30 {
		t.Errorf("%d routes: %v", len(routes), routes)
	}
}

// What the payments company signs has types of its own making.
func TestTypesOfWebhooksAreBounded(t *testing.T) {
	s := &till{}
	p := measured(t, boot.Wrap(func(w ports.Webhooks) ports.Webhooks { s.Webhooks = w; return s }), sells(&s.Company))
	for i := range 20 {
		payload := fmt.Appendf(nil, `{"id":"evt_%d","type":"canary.%d"}`, i, i)
		received(t, p.hook(payload, s.Sign(payload, time.Now())))
		p.hook(payload, "forged")
	}
	text, series := p.scrape()
	if series[`parley_webhooks_total{type="other"}`] != 20 || series[`parley_refusals_total{code="invalid_signature"}`] != 20 || strings.Contains(text, "canary") {
		t.Error(text)
	}
}
