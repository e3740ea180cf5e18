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
		t.Fatalf("loading the configuration: %v", err)
	}
	return c
}

// newApp wires a program that logs nothing.
func newApp(t *testing.T, variables map[string]string, options ...boot.Option) *boot.App {
	t.Helper()
	app, err := boot.New(load(t, variables), append(options, quiet)...)
	if err != nil {
		t.Fatalf("wiring the program: %v", err)
	}
	return app
}

// Every adapter that the configuration can choose is wired.
func TestEveryChoiceIsWired(t *testing.T) {
	for name, c := range map[string]struct {
		variables map[string]string
		port      string
		adapter   string
	}{
		"nothing set": {port: "model", adapter: "echo"},
		"gemini": {
			variables: map[string]string{"GEMINI_API_KEY": "k", "GEMINI_MODEL": "gemini-2.5-pro"},
			port:      "model",
			adapter:   "gemini",
		},
		"openai": {
			variables: map[string]string{"OPENAI_API_KEY": "k"},
			port:      "model",
			adapter:   "openai",
		},
		"both models": {
			variables: map[string]string{
				"OPENAI_API_KEY": "k",
				"GEMINI_API_KEY": "k",
				"LLM_PROVIDERS":  "openai,gemini",
			},
			port:    "model",
			adapter: "openai, then gemini",
		},
		"stripe": {
			variables: map[string]string{
				"STRIPE_SECRET_KEY":     "sk_test_x",
				"STRIPE_WEBHOOK_SECRET": "whsec_x",
				"FRONTEND_URL":          "https://app.example",
			},
			port:    "payments",
			adapter: "stripe",
		},
		"frontend": {
			variables: map[string]string{"FRONTEND_URL": "https://app.example"},
			port:      "payments",
			adapter:   "pretend checkout",
		},
	} {
		t.Run(name, func(t *testing.T) {
			app := newApp(t, c.variables)
			if a := findAdapter(t, app, c.port); a.Name != c.adapter {
				t.Errorf("adapter of %s = %s, want %s", c.port, a.Name, c.adapter)
			}
			for _, a := range app.Adapters() {
				if a.StandIn && a.Note == "" {
					t.Errorf("the stand-in %+v has no note that says what it does not do", a)
				}
			}
		})
	}
}

// The error for an unknown name lists the known ones, and no value of another variable.
func TestUnknownNamesAreErrors(t *testing.T) {
	for want, variables := range map[string]map[string]string{
		"LLM_PROVIDERS: unknown name nosuch, known are: ": {
			"LLM_PROVIDERS":  "openai,nosuch",
			"OPENAI_API_KEY": "k",
			"NOSUCH_API_KEY": "canary",
		},
		"SMS_SENDERS: unknown name nosuch, known are: ": {
			"SMS_SENDERS": "nosuch",
			"NOSUCH_FROM": "canary",
		},
	} {
		_, err := boot.New(load(t, variables), quiet)
		if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "canary") {
			t.Errorf("New failed with %v, want %s", err, want)
		}
	}
}

func TestStartAndStopLeakNothing(t *testing.T) {
	defer goleak.VerifyNone(t, goleak.IgnoreCurrent())
	app := newApp(t, map[string]string{"HTTP_ADDR": "127.0.0.1:0"})
	if err := app.Start(t.Context()); err != nil {
		t.Fatalf("starting: %v", err)
	}
	res, err := http.Get(app.URL() + "/healthz")
	if err != nil {
		t.Fatalf("requesting /healthz: %v", err)
	}
	body, _ := io.ReadAll(res.Body)
	res.Body.Close()
	if want := "{\"status\":\"ok\"}\n"; string(body) != want {
		t.Errorf("body of /healthz = %q, want %q", body, want)
	}
	http.DefaultClient.CloseIdleConnections()
	if err := app.Stop(t.Context()); err != nil {
		t.Fatalf("stopping: %v", err)
	}
	if _, err := http.Get(app.URL() + "/healthz"); err == nil {
		t.Error("the program serves requests after Stop")
	}
}

func TestUsedAddressIsAnError(t *testing.T) {
	defer goleak.VerifyNone(t, goleak.IgnoreCurrent())
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatalf("listening: %v", err)
	}
	defer listener.Close()
	app := newApp(t, map[string]string{"HTTP_ADDR": listener.Addr().String()})
	if err := app.Start(t.Context()); err == nil || !strings.Contains(err.Error(), "HTTP_ADDR") {
		t.Errorf("Start with a used address failed with %v, want an error that names HTTP_ADDR", err)
	}
}

// failingWakeups cannot be consumed.
type failingWakeups struct{ ports.Wakeups }

func (failingWakeups) Consume(context.Context, func(context.Context, id.ID)) error {
	return io.ErrUnexpectedEOF
}

func TestFailedComponentEndsTheProgram(t *testing.T) {
	app := newApp(t, nil, boot.InProcess(), boot.Wrap(func(w ports.Wakeups) ports.Wakeups { return failingWakeups{w} }))
	failed := app.Failed()
	if err := app.Start(t.Context()); err != nil {
		t.Fatalf("starting: %v", err)
	}
	select {
	case s := <-failed:
		if s.ExitCode != 1 {
			t.Errorf("exit code = %d, want 1", s.ExitCode)
		}
	case <-time.After(10 * time.Second):
		t.Error("Failed sent no signal")
	}
	if err := app.Stop(t.Context()); err != nil {
		t.Errorf("stopping: %v", err)
	}
}

// unavailableWorkers fails like a store that cannot be reached.
type unavailableWorkers struct{ ports.Workers }

func (unavailableWorkers) CountLive(context.Context, time.Time) (int, error) {
	return 0, io.ErrClosedPipe
}

func TestNotReadyWhileTheStoreIsUnavailable(t *testing.T) {
	app := newApp(t, nil, boot.InProcess(), boot.Wrap(func(w ports.Workers) ports.Workers {
		return unavailableWorkers{w}
	}))
	w := httptest.NewRecorder()
	app.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/readyz", nil))
	if w.Code != http.StatusServiceUnavailable || !strings.Contains(w.Body.String(), `"store":"away"`) {
		t.Errorf("/readyz = %d %s, want 503 with the store in the checks", w.Code, w.Body)
	}
}
