package flow

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/kuvaka-tech/parley/cmd/parley/boot"
	"github.com/kuvaka-tech/parley/ports"
	"github.com/kuvaka-tech/parley/tests/client"
)

// failingLiveCount is ports.Workers that cannot count the live workers.
type failingLiveCount struct{ ports.Workers }

func (failingLiveCount) CountLive(context.Context, time.Time) (int, error) { return 0, errStoreDown }

// Without the store the program is not ready. The response leaves out what is unknown.
// The log has one warning with the reason, and no error.
func TestNotReadyWithoutTheStore(t *testing.T) {
	failure := boot.Wrap(func(w ports.Workers) ports.Workers { return failingLiveCount{w} })
	p := start(t, config(t), boot.InProcess(), failure)
	r := p.newDevice().Want(http.StatusServiceUnavailable, "GET", "/readyz", nil, requestIDHeader, "r1")
	checkFields(t, r, map[string]string{"status": "not ready", "checks.store": "away"})
	for _, unknown := range []string{"workers", "queued"} {
		if body := string(r.Body); strings.Contains(body, unknown) {
			t.Errorf("readiness = %s, want no %s", body, unknown)
		}
	}
	p.checkLogged("level=WARN", `msg="not ready"`, "request_id=r1", "route=/readyz", "status=503",
		`store="the store is down"`)
	p.checkLogCount("request_id=r1", 1)
	p.checkNoErrorLogs()
}

// The table of the messages may be locked. Logins and lists of rooms work nevertheless.
func TestReadyWithoutTheQueue(t *testing.T) {
	failure := boot.Wrap(func(q ports.ReplyQueue) ports.ReplyQueue { return failingDepth{q} })
	p := start(t, config(t), boot.InProcess(), failure)
	r := p.newDevice().Want(http.StatusOK, "GET", "/readyz", nil, requestIDHeader, "r1")
	checkFields(t, r, map[string]string{"status": "ready", "checks.store": "ok", "checks.queue": "away"})
	if body := string(r.Body); strings.Contains(body, "queued") {
		t.Errorf("readiness = %s, want no queue", body)
	}
	p.checkLogged("level=WARN", "request_id=r1", "route=/readyz", "status=200", `queue="the store is down"`)
	p.checkNoErrorLogs()
}

// A program that drains is not ready on purpose, so the log has no warning.
func TestDrainingIsNotLoggedAsAWarning(t *testing.T) {
	p := start(t, config(t), boot.InProcess())
	p.stop()
	r := p.newDevice().Want(http.StatusServiceUnavailable, "GET", "/readyz", nil, requestIDHeader, "r1")
	checkFields(t, r, map[string]string{"status": "draining"})
	if r.Field("workers") == "" {
		t.Errorf("readiness = %s, want the number of workers", r.Body)
	}
	p.checkLogged("level=DEBUG", "msg=draining", "request_id=r1", "status=503")
	p.checkLogCount("level=WARN", 0)
	p.checkNoErrorLogs()
}

// hangingCount is ports.Workers that counts the live workers until the caller gives up.
type hangingCount struct{ ports.Workers }

func (hangingCount) CountLive(ctx context.Context, _ time.Time) (int, error) {
	<-ctx.Done()
	return 0, ctx.Err()
}

// A load balancer must learn within SHUTDOWN_DELAY that a program drains. So a slow store delays
// neither a request that is in progress when the program drains nor one that follows.
func TestASlowStoreDoesNotHideThatTheProgramDrains(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		hanging := boot.Wrap(func(w ports.Workers) ports.Workers { return hangingCount{w} })
		p := start(t, config(t), boot.InProcess(), hanging)
		d := p.newDevice()
		began := time.Now()
		inProgress := d.longPoll("/readyz")
		time.Sleep(time.Second)
		go p.stop()
		for _, r := range []client.Response{<-inProgress, <-d.longPoll("/readyz")} {
			checkFields(t, r, map[string]string{"status": "draining"})
			if r.Field("checks.store") != "" {
				t.Errorf("readiness = %s, want nothing about the store, because the check has not ended", r.Body)
			}
		}
		checkElapsed(t, began, time.Second, 1200*time.Millisecond)
		p.checkLogCount("level=WARN", 0)
		time.Sleep(time.Minute)
	})
}

// A stopped worker does not count as live, even before its heartbeat expires.
func TestAStoppedWorkerIsNotLive(t *testing.T) {
	p := start(t, config(t), boot.InProcess())
	d := p.newDevice()
	deadline := time.Now().Add(10 * time.Second)
	for d.Want(http.StatusOK, "GET", "/readyz", nil).Field("workers") != "1" {
		if time.Now().After(deadline) {
			t.Fatal("the worker is not live after 10 s")
		}
		time.Sleep(time.Millisecond)
	}
	p.stop()
	r := d.Want(http.StatusServiceUnavailable, "GET", "/readyz", nil)
	checkFields(t, r, map[string]string{"workers": "0"})
}

// Redis is optional: a program without it is ready.
func TestReadyWithoutRedis(t *testing.T) {
	stackVariables = append(stackConfig(t, newSchema(t), false), "REDIS_URL", "redis://127.0.0.1:1/0")
	defer func() { stackVariables = nil }()
	p := startWithMetrics(t)
	p.checkLogged("level=WARN", `msg="redis calls fail"`)
	p.checkMetrics(map[string]float64{
		`parley_up{dependency="postgres"}`: 1,
		`parley_up{dependency="redis"}`:    0,
	})
	r := p.tcpDevice().Want(http.StatusOK, "GET", "/readyz", nil)
	checkFields(t, r, map[string]string{"checks.redis": "away", "checks.store": "ok"})
}
