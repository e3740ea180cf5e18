// Package harness runs the program inside a test, started through boot as main
// starts it. Package rig runs it as processes of their own.
package harness

import (
	"context"
	"log/slog"
	"testing"
	"time"

	"github.com/kuvaka-tech/parley/adapters/fake"
	"github.com/kuvaka-tech/parley/cmd/parley/boot"
	"github.com/kuvaka-tech/parley/configs"
	"github.com/kuvaka-tech/parley/ports"
	"github.com/kuvaka-tech/parley/tests/logtest"
)

const (
	startTimeout = 10 * time.Second
	stopTimeout  = 30 * time.Second
)

// Program is a running Parley and its log.
type Program struct {
	*boot.App
	Log *logtest.Buffer
}

// Config returns a development configuration that listens on a free port, echoes
// without delay, and has the rate limits of production, so that the tests cover these. The requests
// a second are limited only if variables have RATE_LIMITS, because many tests send more.
// variables are name, value, name, value. They replace those of Config.
func Config(t testing.TB, variables ...string) configs.Config {
	t.Helper()
	set := map[string]string{
		"HTTP_ADDR":     "127.0.0.1:0",
		"ECHO_LATENCY":  "1ms",
		"RATE_LIMITS":   "production",
		"USER_REQUESTS": "0", // tests of races send hundreds of requests of a user at the same time
	}
	limitsRequests := false
	for i := 0; i+1 < len(variables); i += 2 {
		set[variables[i]] = variables[i+1]
		limitsRequests = limitsRequests || variables[i] == "RATE_LIMITS"
	}
	c, err := configs.Load(func(name string) string { return set[name] })
	if err != nil {
		t.Fatalf("load the configuration: %v", err)
	}
	c.LimitsRequests = c.LimitsRequests && limitsRequests
	return c
}

// Start runs the program until the test ends. It hashes passwords with a fake,
// because argon2id is slow and has its own tests.
func Start(t testing.TB, c configs.Config, options ...boot.Option) *Program {
	t.Helper()
	p := &Program{Log: &logtest.Buffer{}}
	log := slog.New(slog.NewTextHandler(p.Log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	defaults := []boot.Option{boot.Log(log), boot.Use[ports.Hasher](&fake.Hasher{})}
	app, err := boot.New(c, append(defaults, options...)...)
	if err != nil {
		t.Fatalf("wire the program: %v", err)
	}
	p.App = app
	ctx, cancel := context.WithTimeout(t.Context(), startTimeout)
	defer cancel()
	if err := app.Start(ctx); err != nil {
		t.Fatalf("start the program: %v", err)
	}
	t.Cleanup(func() { p.stop(t) })
	return p
}

func (p *Program) stop(t testing.TB) {
	ctx, cancel := context.WithTimeout(context.Background(), stopTimeout)
	defer cancel()
	if err := p.Stop(ctx); err != nil {
		t.Errorf("stop the program: %v", err)
	}
}
