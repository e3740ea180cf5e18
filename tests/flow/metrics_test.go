package flow

import (
	"context"
	"errors"
	"io"
	"maps"
	"net"
	"net/http"
	"net/http/httptest"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/kuvaka-tech/parley/cmd/parley/boot"
	"github.com/kuvaka-tech/parley/core/chat"
	"github.com/kuvaka-tech/parley/ports"
)

// families are all metrics of our own: dashboards and alerts rest on their names.
var families = map[string]string{
	"parley_build_info":              "gauge",
	"parley_http_request_seconds":    "histogram",
	"parley_http_requests_total":     "counter",
	"parley_llm_seconds":             "histogram",
	"parley_llm_tokens_today":        "gauge",
	"parley_llm_tokens_total":        "counter",
	"parley_messages_accepted_total": "counter",
	"parley_queue_oldest_seconds":    "gauge",
	"parley_queue_replies":           "gauge",
	"parley_reconciled_total":        "counter",
	"parley_refusals_total":          "counter",
	"parley_replies_total":           "counter",
	"parley_sms_total":               "counter",
	"parley_webhooks_total":          "counter",
	"parley_workers":                 "gauge",
}

// measured starts a program whose metrics can be scraped.
func measured(t *testing.T, options ...boot.Option) *program {
	t.Helper()
	return start(t, config(t, "METRICS_ADDR", "127.0.0.1:0"), options...)
}

// scrape reads every series, by its name and labels as they are printed.
func (p *program) scrape() (text string, series map[string]float64) {
	p.t.Helper()
	r, err := http.Get(p.MetricsURL())
	if err != nil {
		p.t.Fatal(err)
	}
	defer r.Body.Close()
	raw, err := io.ReadAll(r.Body)
	if err != nil || r.StatusCode != http.StatusOK {
		p.t.Fatalf("scraping: %d %v", r.StatusCode, err)
	}
	series = map[string]float64{}
	for line := range strings.Lines(string(raw)) {
		if cut := strings.LastIndexByte(line, ' '); cut > 0 && line[0] != '#' {
			series[line[:cut]], _ = strconv.ParseFloat(strings.TrimSpace(line[cut:]), 64)
		}
	}
	return string(raw), series
}

// teller is a model that counts tokens, does as it is told, and keeps one waiting until it is let go.
type teller struct{ asked, free chan struct{} }

func (m teller) Answer(ctx context.Context, p chat.Prompt, emit func(string) error) (chat.Usage, error) {
	switch asked(p) {
	case "wait":
		close(m.asked)
		select {
		case <-m.free:
		case <-ctx.Done():
			return chat.Usage{}, ctx.Err()
		}
	case "blocked":
		return chat.Usage{}, &chat.Failure{Code: chat.CodeBlocked}
	}
	return chat.Usage{In: 7, Out: 3}, emit("Yes.")
}

func TestMetricsOfAWalk(t *testing.T) {
	m := teller{make(chan struct{}), make(chan struct{})}
	p := measured(t, speaks(m))
	d := p.device().login(number())
	room := d.room("r")
	d.done(d.ask(room, "hello", "Idempotency-Key", "a"), "Yes.")
	d.ask(room, "hello", "Idempotency-Key", "a") // a replay
	d.failed(d.ask(room, "blocked"), chat.CodeBlocked)
	p.press(d.checkout(), "pay")
	d.want(http.StatusConflict, "POST", "/subscribe/pro", nil)
	d.done(d.ask(d.room("s"), "hello"), "Yes.")
	d.ask(room, "wait")
	<-m.asked
	free := func() { close(m.free) }
	defer func() { free() }()
	d.ask(room, "behind it")
	d.want(http.StatusNotFound, "GET", "/nowhere", nil)
	d.want(http.StatusUnprocessableEntity, "POST", "/chatroom", object{"name": ""})
	p.counts(map[string]float64{
		`parley_http_requests_total{method="POST",route="/chatroom/{id}/message",status="202"}`: 6,
		`parley_http_requests_total{method="POST",route="/chatroom",status="201"}`:              2,
		`parley_http_requests_total{method="POST",route="/chatroom",status="422"}`:              1,
		`parley_http_requests_total{method="GET",route="none",status="404"}`:                    1,
		`parley_http_request_seconds_count{route="/chatroom/{id}/message"}`:                     6,
		`parley_http_request_seconds_bucket{route="/chatroom/{id}/message",le="+Inf"}`:          6,
		`parley_messages_accepted_total{tier="Basic"}`:                                          2,
		`parley_messages_accepted_total{tier="Pro"}`:                                            3,
		`parley_replies_total{code="",outcome="done"}`:                                          2,
		`parley_replies_total{code="llm_blocked",outcome="failed"}`:                             1,
		`parley_llm_seconds_count`:                                                              3,
		`parley_llm_tokens_total{direction="in"}`:                                               14,
		`parley_llm_tokens_total{direction="out"}`:                                              6,
		`parley_llm_tokens_today`:                                                               20,
		`parley_queue_replies{state="queued"}`:                                                  1,
		`parley_queue_replies{state="running"}`:                                                 1,
		`parley_workers`:                                                                        1,
		`parley_refusals_total{code="not_found"}`:                                               1,
		`parley_refusals_total{code="invalid_request"}`:                                         1,
		`parley_refusals_total{code="already_pro"}`:                                             1,
		`parley_webhooks_total{type="checkout.session.completed"}`:                              1,
		`parley_webhooks_total{type="customer.subscription.created"}`:                           1,
		`parley_webhooks_total{type="invoice.paid"}`:                                            1,
		`parley_sms_total{outcome="sent"}`:                                                      1,
	})
	free()
	free = func() {}
	text, _ := p.scrape()
	p.families(text)
}

// counts waits for series to have these values: workers, replies and webhooks come when they come.
func (p *program) counts(want map[string]float64) {
	p.t.Helper()
	var diff string
	for end := time.Now().Add(10 * time.Second); time.Now().Before(end); runtime.Gosched() {
		_, series := p.scrape()
		got := map[string]float64{}
		for name := range want {
			if v, there := series[name]; there {
				got[name] = v
			}
		}
		if diff = cmp.Diff(want, got); diff == "" {
			return
		}
	}
	p.t.Errorf("(-want +got)\n%s", diff)
}

// families checks the names and types of all that is ours, and that the runtime and the process are there.
func (p *program) families(text string) {
	p.t.Helper()
	got := map[string]string{}
	for line := range strings.Lines(text) {
		if f := strings.Fields(line); len(f) == 4 && f[1] == "TYPE" && strings.HasPrefix(f[2], "parley_") {
			got[f[2]] = f[3]
		}
	}
	want := maps.Clone(families)
	if stack != nil { // in memory there is nobody to ask
		want["parley_up"] = "gauge"
	}
	if diff := cmp.Diff(want, got); diff != "" {
		p.t.Errorf("(-want +got)\n%s", diff)
	}
	for _, name := range []string{"go_goroutines", "process_open_fds"} {
		if !strings.Contains(text, "\n"+name+" ") {
			p.t.Errorf("no %s", name)
		}
	}
}

// Counts of who is configured are there before they are asked.
func TestCountsOfWhoIsConfigured(t *testing.T) {
	p := start(t, hooked(t, "https://sms.example", "METRICS_ADDR", "127.0.0.1:0", "OPENAI_API_KEY", "k"))
	p.counts(map[string]float64{
		`parley_sms_tries_total{outcome="failed",sender="hook"}`:          0,
		`parley_llm_provider_total{outcome="answered",provider="openai"}`: 0,
	})
}

// The one provider there is is counted, too.
func TestCallsOfTheOneProvider(t *testing.T) {
	company := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusUnauthorized) }))
	defer company.Close()
	p := start(t, config(t, "METRICS_ADDR", "127.0.0.1:0", "OPENAI_BASE_URL", company.URL, "OPENAI_MODEL", "m"))
	d := p.device().login(number())
	d.failed(d.ask(d.room("r"), "hello"), chat.CodeUnavailable)
	p.counts(map[string]float64{`parley_llm_provider_total{outcome="failed",provider="openai"}`: 1})
	if !strings.Contains(p.log.String(), `err="openai answered 401"`) {
		t.Errorf("the log: %s", p.log)
	}
}

func TestATextThatWasNotTakenIsCounted(t *testing.T) {
	p := measured(t)
	p.outbox.Fail(errors.New("away"))
	p.device().want(http.StatusOK, "POST", "/auth/send-otp", object{"mobile_number": number()})
	p.counts(map[string]float64{`parley_sms_total{outcome="failed"}`: 1})
}

// blind is a store that cannot say what waits.
type blind struct{ ports.Work }

func (blind) Depth(context.Context, time.Time) (ports.Depth, error) { return ports.Depth{}, errAway }

func TestMetricsWithoutTheStore(t *testing.T) {
	p := measured(t, boot.Wrap(func(w ports.Work) ports.Work { return blind{w} }))
	p.counts(map[string]float64{"parley_workers": 1})
	if text, _ := p.scrape(); strings.Contains(text, "parley_queue") {
		t.Errorf("what is not known is shown:\n%s", text)
	}
}

func TestMetricsAreOffUnlessAskedFor(t *testing.T) {
	p := start(t, config(t))
	if p.MetricsURL() != "" {
		t.Errorf("metrics at %s", p.MetricsURL())
	}
	p.device().want(http.StatusNotFound, "GET", "/metrics", nil)
}

// They have a listener of their own, that serves nothing else and ends with the program.
func TestTheListenerOfMetrics(t *testing.T) {
	p := measured(t)
	at := p.MetricsURL()
	p.device().want(http.StatusNotFound, "GET", "/metrics", nil)
	for method, path := range map[string]string{"GET": "/healthz", "POST": "/metrics"} {
		r, err := http.NewRequest(method, strings.TrimSuffix(at, "/metrics")+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		a, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		a.Body.Close()
		if !slices.Contains([]int{404, 405}, a.StatusCode) {
			t.Errorf("%s %s: %d", method, path, a.StatusCode)
		}
	}
	http.DefaultClient.CloseIdleConnections()
	p.stop()
	if a, err := http.Get(at); err == nil {
		a.Body.Close()
		t.Error("scraped after the end")
	}
}

func TestATakenMetricsAddress(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	app, err := boot.New(config(t, "METRICS_ADDR", taken.Addr().String()))
	if err != nil {
		t.Fatal(err)
	}
	if err := app.Start(t.Context()); err == nil || !strings.Contains(err.Error(), "METRICS_ADDR") {
		t.Errorf("starting on a taken address: %v", err)
	}
}
