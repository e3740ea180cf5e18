package flow

import (
	"context"
	"errors"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/kuvaka-tech/parley/cmd/parley/boot"
	"github.com/kuvaka-tech/parley/core/chat"
	"github.com/kuvaka-tech/parley/core/reply"
	"github.com/kuvaka-tech/parley/ports"
	"github.com/kuvaka-tech/parley/tests/client"
)

// metricTypes are the names and types of all metrics of the program. Dashboards and
// alerts depend on them.
var metricTypes = map[string]string{
	"parley_build_info":                   "gauge",
	"parley_chores_total":                 "counter",
	"parley_code_guard_total":             "counter",
	"parley_country_codes_today":          "gauge",
	"parley_customers_to_delete":          "gauge",
	"parley_deleted_rooms_oldest_seconds": "gauge",
	"parley_event_streams":                "gauge",
	"parley_http_request_seconds":         "histogram",
	"parley_http_requests_total":          "counter",
	"parley_llm_seconds":                  "histogram",
	"parley_llm_tokens_today":             "gauge",
	"parley_llm_tokens_total":             "counter",
	"parley_messages_accepted_total":      "counter",
	"parley_messages_edited_total":        "counter",
	"parley_queue_oldest_seconds":         "gauge",
	"parley_queue_replies":                "gauge",
	"parley_queue_wait_seconds":           "gauge",
	"parley_reconciled_total":             "counter",
	"parley_refusals_total":               "counter",
	"parley_replies_retried_total":        "counter",
	"parley_replies_total":                "counter",
	"parley_room_cache_total":             "counter",
	"parley_sms_total":                    "counter",
	"parley_webhooks_total":               "counter",
	"parley_workers":                      "gauge",
}

// startWithMetrics starts a program whose metrics can be scraped.
func startWithMetrics(t *testing.T, options ...boot.Option) *program {
	t.Helper()
	return start(t, config(t, "METRICS_ADDR", "127.0.0.1:0"), options...)
}

// scrape returns the metrics as text, and the value of each series by its name with labels.
func (p *program) scrape() (text string, series map[string]float64) {
	p.t.Helper()
	r, err := http.Get(p.MetricsURL())
	if err != nil {
		p.t.Fatalf("scrape the metrics: %v", err)
	}
	defer r.Body.Close()
	raw, err := io.ReadAll(r.Body)
	if err != nil || r.StatusCode != http.StatusOK {
		p.t.Fatalf("scrape the metrics: status %d, error %v; want status 200", r.StatusCode, err)
	}
	series = map[string]float64{}
	for line := range strings.Lines(string(raw)) {
		if end := strings.LastIndexByte(line, ' '); end > 0 && line[0] != '#' {
			series[line[:end]], _ = strconv.ParseFloat(strings.TrimSpace(line[end:]), 64)
		}
	}
	return string(raw), series
}

// checkMetrics waits until series have these values, at most 10 s. Workers, replies
// and webhooks are counted in the background.
func (p *program) checkMetrics(want map[string]float64) {
	p.t.Helper()
	var diff string
	for deadline := time.Now().Add(10 * time.Second); time.Now().Before(deadline); runtime.Gosched() {
		_, series := p.scrape()
		got := map[string]float64{}
		for name := range want {
			if value, ok := series[name]; ok {
				got[name] = value
			}
		}
		diff = cmp.Diff(want, got)
		if diff == "" {
			return
		}
	}
	p.t.Errorf("metrics after 10 s (-want +got):\n%s", diff)
}

// checkMetricTypes checks the names and types of the program's metrics, and that
// metrics of the Go runtime and of the process exist.
func (p *program) checkMetricTypes(text string) {
	p.t.Helper()
	got := map[string]string{}
	for line := range strings.Lines(text) {
		if f := strings.Fields(line); len(f) == 4 && f[1] == "TYPE" && strings.HasPrefix(f[2], "parley_") {
			got[f[2]] = f[3]
		}
	}
	want := maps.Clone(metricTypes)
	if stackVariables != nil { // the memory stack has no dependencies that can be down
		want["parley_up"] = "gauge"
	}
	if diff := cmp.Diff(want, got); diff != "" {
		p.t.Errorf("types of the metrics (-want +got):\n%s", diff)
	}
	for _, name := range []string{"go_goroutines", "process_open_fds"} {
		if !strings.Contains(text, "\n"+name+" ") {
			p.t.Errorf("the metric %s is missing", name)
		}
	}
}

// scriptedModel is a model that reports token usage. It fails when the message is
// "blocked". When the message is "wait", it closes started and waits for release.
type scriptedModel struct{ started, release chan struct{} }

// Answer implements ports.LLM.
func (m scriptedModel) Answer(ctx context.Context, p chat.Prompt, emit func(string) error) (chat.Usage, error) {
	switch lastMessage(p) {
	case "wait":
		close(m.started)
		select {
		case <-m.release:
		case <-ctx.Done():
			return chat.Usage{}, ctx.Err()
		}
	case "blocked":
		return chat.Usage{}, &reply.Failure{Code: reply.CodeBlocked}
	}
	return chat.Usage{In: 7, Out: 3}, emit("Yes.")
}

func TestEverythingThatAUserDoesIsCounted(t *testing.T) {
	m := scriptedModel{started: make(chan struct{}), release: make(chan struct{})}
	p := startWithMetrics(t, withLLM(m))
	defer close(m.release)
	d := p.tcpDevice().Login(client.Number())
	room := d.NewRoom("r")
	d.checkAnswer(d.Send(room, "hello", idempotencyKey, "a"), "Yes.")
	d.Send(room, "hello", idempotencyKey, "a") // the same message again
	d.checkFailed(d.Send(room, "blocked"), reply.CodeBlocked)
	p.press(d.checkoutPage(), "pay")
	d.Want(http.StatusConflict, "POST", "/subscribe/pro", nil)
	d.Watch(allRooms)
	path := d.Send(d.NewRoom("s"), "hello")
	d.checkAnswer(path, "Yes.")
	d.retry(path, idempotencyKey, "b")
	d.checkAnswer(path, "Yes.")
	d.retry(path, idempotencyKey, "b") // the same retry again
	d.edit(d.promptOf(path), "hello again")
	d.checkAnswer(path, "Yes.")
	d.Send(room, "wait")
	<-m.started
	d.Send(room, "queued")
	d.Want(http.StatusNotFound, "GET", "/nowhere", nil)
	d.Want(http.StatusUnprocessableEntity, "POST", "/chatroom", object{"name": ""})
	p.checkMetrics(map[string]float64{
		`parley_http_requests_total{method="POST",route="/chatroom/{id}/message",status="202"}`: 6,
		`parley_http_requests_total{method="POST",route="/chatroom",status="201"}`:              2,
		`parley_http_requests_total{method="POST",route="/chatroom",status="422"}`:              1,
		`parley_http_requests_total{method="GET",route="none",status="404"}`:                    1,
		`parley_http_request_seconds_count{route="/chatroom/{id}/message"}`:                     6,
		`parley_http_request_seconds_bucket{route="/chatroom/{id}/message",le="+Inf"}`:          6,
		`parley_messages_accepted_total{tier="Basic"}`:                                          2,
		`parley_messages_accepted_total{tier="Pro"}`:                                            3,
		`parley_replies_retried_total{tier="Pro"}`:                                              1,
		`parley_messages_edited_total{tier="Pro"}`:                                              1,
		`parley_event_streams`:                                        1,
		`parley_replies_total{code="",outcome="done"}`:                4,
		`parley_replies_total{code="llm_blocked",outcome="failed"}`:   1,
		`parley_llm_seconds_count`:                                    5,
		`parley_llm_tokens_total{direction="in"}`:                     28,
		`parley_llm_tokens_total{direction="out"}`:                    12,
		"parley_llm_tokens_today":                                     64, // with 24 estimated for the blocked prompt
		`parley_customers_to_delete`:                                  0,
		`parley_deleted_rooms_oldest_seconds`:                         0,
		`parley_queue_replies{state="queued"}`:                        1,
		`parley_queue_replies{state="running"}`:                       1,
		`parley_workers`:                                              1,
		`parley_refusals_total{code="not_found"}`:                     1,
		`parley_refusals_total{code="invalid_request"}`:               1,
		`parley_refusals_total{code="already_pro"}`:                   1,
		`parley_webhooks_total{type="checkout.session.completed"}`:    1,
		`parley_webhooks_total{type="customer.subscription.created"}`: 1,
		`parley_webhooks_total{type="invoice.paid"}`:                  1,
		`parley_sms_total{outcome="sent"}`:                            1,
	})
	text, _ := p.scrape()
	p.checkMetricTypes(text)
}

func TestCountersOfConfiguredProvidersStartAtZero(t *testing.T) {
	p := start(t, smsHookConfig(t, "https://sms.example", "METRICS_ADDR", "127.0.0.1:0", "OPENAI_API_KEY", "k"))
	p.checkMetrics(map[string]float64{
		`parley_sms_tries_total{outcome="failed",sender="hook"}`:          0,
		`parley_llm_provider_total{outcome="answered",provider="openai"}`: 0,
	})
}

func TestCallsOfASingleProviderAreCounted(t *testing.T) {
	provider := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusUnauthorized)
	}))
	defer provider.Close()
	p := start(t, config(t, "METRICS_ADDR", "127.0.0.1:0", "OPENAI_BASE_URL", provider.URL, "OPENAI_MODEL", "m"))
	d := p.tcpDevice().Login(client.Number())
	d.checkFailed(d.Send(d.NewRoom("r"), "hello"), reply.CodeUnavailable)
	p.checkMetrics(map[string]float64{`parley_llm_provider_total{outcome="failed",provider="openai"}`: 1})
	if log := p.Log.String(); !strings.Contains(log, `err="openai answered 401"`) {
		t.Errorf("the log does not contain the status of the provider:\n%s", log)
	}
}

func TestATextMessageThatCannotBeSentIsCounted(t *testing.T) {
	p := startWithMetrics(t)
	p.outbox.SetError(errors.New("the sms provider is down"))
	p.tcpDevice().Want(http.StatusOK, "POST", "/auth/send-otp", object{"mobile_number": client.Number()})
	p.checkMetrics(map[string]float64{`parley_sms_total{outcome="failed"}`: 1})
}

// failingDepth is a ports.ReplyQueue that cannot count its replies and their users.
type failingDepth struct{ ports.ReplyQueue }

// Depth always fails.
func (failingDepth) Depth(context.Context, time.Time) (ports.Depth, error) {
	return ports.Depth{}, errStoreDown
}

// UsersAhead always fails.
func (failingDepth) UsersAhead(context.Context, time.Time, time.Duration, int) (int, error) {
	return 0, errStoreDown
}

func TestTheSizeOfTheQueueIsMissingWhileTheStoreIsDown(t *testing.T) {
	p := startWithMetrics(t, boot.Wrap(func(q ports.ReplyQueue) ports.ReplyQueue { return failingDepth{q} }))
	p.checkMetrics(map[string]float64{"parley_workers": 1})
	if text, _ := p.scrape(); strings.Contains(text, "parley_queue") {
		t.Errorf("the metrics contain a size of the queue that cannot be known:\n%s", text)
	}
}
