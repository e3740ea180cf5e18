package flow

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/kuvaka-tech/parley/cmd/parley/boot"
	"github.com/kuvaka-tech/parley/configs"
	"github.com/kuvaka-tech/parley/ports"
)

// uncounted is a store that cannot say who lives.
type uncounted struct{ ports.Workers }

func (uncounted) Live(context.Context, time.Time) (int, error) { return 0, errAway }

// What is not known is left out, and the log has the reason, once, as no failure of the request.
func TestNotReadyForWantOfTheStore(t *testing.T) {
	for name, c := range map[string]struct {
		away  boot.Option
		queue bool
	}{
		"work":    {boot.Wrap(func(w ports.Work) ports.Work { return blind{w} }), false},
		"workers": {boot.Wrap(func(w ports.Workers) ports.Workers { return uncounted{w} }), true},
	} {
		p := start(t, config(t), boot.InProcess(), c.away)
		a := p.inside().want(http.StatusServiceUnavailable, "GET", "/readyz", nil, "X-Request-Id", "r1")
		if body := string(a.Body); strings.Contains(body, "workers") || strings.Contains(body, "queued") != c.queue || a.Get("checks.store") != "away" || a.Get("status") != "not ready" {
			t.Errorf("%s: %s", name, body)
		}
		p.logged("level=WARN", `msg="not ready"`, "request_id=r1", "route=/readyz", "status=503", `store="the store is away"`)
		if log := p.log.String(); strings.Count(log, "request_id=r1") != 1 || strings.Contains(log, "level=ERROR") {
			t.Errorf("%s: the log:\n%s", name, log)
		}
	}
}

// Not to be ready is what draining is for: nobody is to be alarmed.
func TestDrainingIsNoFailure(t *testing.T) {
	p := start(t, config(t), boot.InProcess())
	p.stop()
	if a := p.inside().want(http.StatusServiceUnavailable, "GET", "/readyz", nil, "X-Request-Id", "r1"); a.Get("status") != "draining" || a.Get("workers") == "" {
		t.Errorf("%s", a.Body)
	}
	p.logged("level=DEBUG", "msg=draining", "request_id=r1", "status=503")
	if log := p.log.String(); strings.Contains(log, "level=ERROR") || strings.Contains(log, "level=WARN") {
		t.Errorf("the log:\n%s", log)
	}
}

func TestAProcessSaysThatItHasStarted(t *testing.T) {
	c := config(t, "METRICS_ADDR", "127.0.0.1:0")
	c.Role = configs.Worker
	p := start(t, c)
	p.logged("level=INFO", "msg=started", "role=worker", "version="+boot.Version(), "env=development", "address="+p.URL(), "metrics="+p.MetricsURL(),
		"store=memory", "live_events=memory", `wake_ups="watermill in process"`, "stand_ins=store,model,sms,payments", "random_secret_key=true")
	if strings.Count(p.log.String(), "msg=started") != 1 {
		t.Errorf("the log:\n%s", p.log)
	}
}

// A worker that has stopped counts no longer, however short a time ago.
func TestAWorkerThatStoppedIsGone(t *testing.T) {
	p := start(t, config(t), boot.InProcess())
	d := p.inside()
	for deadline := time.Now().Add(10 * time.Second); d.want(http.StatusOK, "GET", "/readyz", nil).Get("workers") != "1"; time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("no worker lives")
		}
	}
	p.stop()
	if a := d.want(http.StatusServiceUnavailable, "GET", "/readyz", nil); a.Get("workers") != "0" {
		t.Errorf("%s", a.Body)
	}
}

// Redis may be away when the program starts, which the log and the metrics say.
func TestStartingWithoutRedis(t *testing.T) {
	stack = append(infrastructure(t, schema(t), false), "REDIS_URL", "redis://127.0.0.1:1/0")
	defer func() { stack = nil }()
	p := measured(t)
	p.logged("level=WARN", `msg="Redis cannot be used"`)
	p.counts(map[string]float64{`parley_up{dependency="postgres"}`: 1, `parley_up{dependency="redis"}`: 0})
	if a := p.device().want(http.StatusOK, "GET", "/readyz", nil); a.Get("checks.redis") != "away" || a.Get("checks.store") != "ok" {
		t.Errorf("%s", a.Body)
	}
}

// A Redis that refuses the login is the operator's mistake, and told at once.
func TestALoginThatRedisRefuses(t *testing.T) {
	database := infrastructure(t, schema(t), true)
	at, err := url.Parse(database[3])
	if err != nil {
		t.Fatal(err)
	}
	at.User = url.UserPassword("canary-user", "canary-password")
	app, err := boot.New(config(t, database[0], database[1], "REDIS_URL", at.String()))
	if err != nil {
		t.Fatal(err)
	}
	if err := app.Start(t.Context()); err == nil || !strings.Contains(err.Error(), "WRONGPASS") || !strings.Contains(err.Error(), "REDIS_URL") || strings.Contains(err.Error(), "canary") {
		t.Errorf("starting: %v", err)
	}
}
