package boot_test

import (
	"context"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/kuvaka-tech/parley/cmd/parley/boot"
	"github.com/kuvaka-tech/parley/configs"
	"github.com/kuvaka-tech/parley/core/id"
	"github.com/kuvaka-tech/parley/ports"
)

var quiet = boot.Log(slog.New(slog.DiscardHandler))

func load(t *testing.T, variables map[string]string) configs.Config {
	t.Helper()
	c, err := configs.Load(func(name string) string { return variables[name] })
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// Every variant that a configuration can choose is wired whole.
func TestEveryVariantIsWired(t *testing.T) {
	for name, c := range map[string]struct {
		env  map[string]string
		port string
		want string
	}{
		"nothing set": {nil, "model", "echo"},
		"gemini":      {map[string]string{"GEMINI_API_KEY": "k", "GEMINI_MODEL": "gemini-2.5-pro"}, "model", "gemini"},
		"openai":      {map[string]string{"OPENAI_API_KEY": "k"}, "model", "openai"},
		"both models": {map[string]string{"OPENAI_API_KEY": "k", "GEMINI_API_KEY": "k", "LLM_PROVIDERS": "openai,gemini"}, "model", "openai, then gemini"},
		"stripe":      {map[string]string{"STRIPE_SECRET_KEY": "sk_test_x", "STRIPE_WEBHOOK_SECRET": "whsec_x", "FRONTEND_URL": "https://app.example"}, "payments", "stripe"},
		"sms hook":    {map[string]string{"SMS_HOOK_URL": "https://sms.example", "SMS_HOOK_SECRET": hookSecret, "SMS_COUNTRIES": "US,IN"}, "sms", "hook"},
		"frontend":    {map[string]string{"FRONTEND_URL": "https://app.example"}, "payments", "pretend checkout"},
	} {
		app, err := boot.New(load(t, c.env), quiet)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		found := false
		for _, p := range app.Parts() {
			found = found || p.Port == c.port && p.Adapter == c.want
			if p.StandIn && p.Note == "" {
				t.Errorf("%s: a stand-in must say what it does not do: %+v", name, p)
			}
		}
		if !found {
			t.Errorf("%s: %s is not served by %s: %+v", name, c.port, c.want, app.Parts())
		}
	}
}

// A name of which there is no adapter is told with those of which there are.
func TestNamesOfWhichThereIsNoAdapter(t *testing.T) {
	for want, env := range map[string]map[string]string{
		"LLM_PROVIDERS: there is no acme, but gemini openai": {"LLM_PROVIDERS": "openai,acme", "OPENAI_API_KEY": "k", "ACME_API_KEY": "canary"},
		"SMS_SENDERS: there is no acme, but hook twilio":     {"SMS_SENDERS": "acme", "ACME_FROM": "canary"},
	} {
		_, err := boot.New(load(t, env), quiet)
		for word := range strings.FieldsSeq(want) {
			if err == nil || !strings.Contains(err.Error(), word) || strings.Contains(err.Error(), "canary") {
				t.Errorf("%v, want %s", err, want)
			}
		}
	}
}

func TestStartAndStopLeaveNothingBehind(t *testing.T) {
	defer goleak.VerifyNone(t, goleak.IgnoreCurrent())
	app, err := boot.New(load(t, map[string]string{"HTTP_ADDR": "127.0.0.1:0"}), quiet)
	if err != nil {
		t.Fatal(err)
	}
	if err := app.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	res, err := http.Get(app.URL() + "/healthz")
	if err != nil {
		t.Fatal(err)
	}
	body, _ := io.ReadAll(res.Body)
	res.Body.Close()
	if string(body) != "{\"status\":\"ok\"}\n" {
		t.Errorf("healthz: %q", body)
	}
	http.DefaultClient.CloseIdleConnections()
	if err := app.Stop(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := http.Get(app.URL() + "/healthz"); err == nil {
		t.Error("a stopped program answers")
	}
}

func TestATakenAddressIsAClearError(t *testing.T) {
	defer goleak.VerifyNone(t, goleak.IgnoreCurrent())
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	app, err := boot.New(load(t, map[string]string{"HTTP_ADDR": taken.Addr().String()}), quiet)
	if err != nil {
		t.Fatal(err)
	}
	if err := app.Start(t.Context()); err == nil || !strings.Contains(err.Error(), "HTTP_ADDR") {
		t.Errorf("starting on a taken address: %v", err)
	}
}

// broken is a queue that gives up.
type broken struct{ ports.Queue }

func (broken) Consume(context.Context, func(context.Context, id.ID)) error {
	return io.ErrUnexpectedEOF
}

func TestAPartThatCannotGoOnEndsTheProgram(t *testing.T) {
	app, err := boot.New(load(t, nil), quiet, boot.InProcess(), boot.Wrap(func(q ports.Queue) ports.Queue { return broken{q} }))
	if err != nil {
		t.Fatal(err)
	}
	failed := app.Failed()
	if err := app.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	select {
	case s := <-failed:
		if s.ExitCode != 1 {
			t.Errorf("exit code %d", s.ExitCode)
		}
	case <-time.After(10 * time.Second):
		t.Error("nobody was told")
	}
	if err := app.Stop(t.Context()); err != nil {
		t.Error(err)
	}
}

// /readyz says no while the store is away, and names it.
func TestNotReadyWithoutTheStore(t *testing.T) {
	app, err := boot.New(load(t, nil), quiet, boot.InProcess(), boot.Wrap(func(w ports.Work) ports.Work { return away{w} }))
	if err != nil {
		t.Fatal(err)
	}
	w := httptest.NewRecorder()
	app.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/readyz", nil))
	if w.Code != http.StatusServiceUnavailable || !strings.Contains(w.Body.String(), `"store":"away"`) {
		t.Errorf("%d %s", w.Code, w.Body)
	}
}

type away struct{ ports.Work }

func (away) Depth(context.Context, time.Time) (ports.Depth, error) {
	return ports.Depth{}, io.ErrClosedPipe
}
