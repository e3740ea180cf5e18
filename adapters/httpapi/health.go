package httpapi

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"
)

const tagOperators = "Operators"

const (
	healthPath    = "/healthz"
	readinessPath = "/readyz"

	storeCheckTimeout      = 3 * time.Second
	queueCheckTimeout      = 300 * time.Millisecond // probes often wait for a second
	dependencyCheckTimeout = time.Second

	// drainingChecksTimeout limits all checks together while the server drains. It is shorter
	// than SHUTDOWN_DELAY, in which a load balancer must learn that the server drains.
	drainingChecksTimeout = 100 * time.Millisecond
)

func isHealthPath(path string) bool { return path == healthPath || path == readinessPath }

type healthOut struct {
	Body struct {
		Status string `json:"status" enum:"ok"`
	}
}

type readyOut struct {
	Status int
	Body   struct {
		Status string            `json:"status" enum:"ready,not ready,draining"`
		Checks map[string]string `json:"checks" doc:"Dependencies: ok or away, if known." example:"{\"store\":\"ok\"}"`

		Queue   *queueLag `json:"queue,omitempty" doc:"Absent while it cannot be read."`
		Workers *int      `json:"workers,omitempty" doc:"Live worker processes. Absent without the store." example:"1"`
	}
}

type queueLag struct {
	Queued        int     `json:"queued" doc:"Replies that are due and not yet claimed by a worker." example:"0"`
	Running       int     `json:"running" doc:"Replies that a worker has claimed." example:"3"`
	OldestSeconds float64 `json:"oldest_seconds" doc:"How long the oldest reply has waited for a worker." example:"0"`
}

func (a *API) registerHealth() {
	register(a, route{
		method:  http.MethodGet,
		path:    healthPath,
		status:  http.StatusOK,
		tag:     tagOperators,
		public:  true,
		summary: "Liveness: does the process run?",
	}, a.health)
	register(a, route{
		method:  http.MethodGet,
		path:    readinessPath,
		status:  http.StatusOK,
		tag:     tagOperators,
		public:  true,
		summary: "Readiness: can the process serve requests?",
		doc:     "Returns 503 with the same body if it cannot.",
	}, a.ready)
	responses := a.huma.OpenAPI().Paths[readinessPath].Get.Responses
	responses["503"] = &huma.Response{
		Description: http.StatusText(http.StatusServiceUnavailable),
		Content:     responses["200"].Content,
	}
}

// health handles GET /healthz. It checks nothing: a restart does not help while a dependency is unavailable.
func (a *API) health(context.Context, *empty) (*healthOut, error) {
	out := &healthOut{}
	out.Body.Status = "ok"
	return out, nil
}

// ready handles GET /readyz. It returns 503 while the store is unavailable and
// while the server drains. The other dependencies are only reported.
func (a *API) ready(ctx context.Context, _ *empty) (*readyOut, error) {
	ctx, stop := a.checksContext(ctx)
	defer stop()
	out := &readyOut{Status: http.StatusOK}
	out.Body.Status = "ready"
	out.Body.Checks = map[string]string{}
	err := a.checkStore(ctx, out)
	if err != nil {
		out.Status = http.StatusServiceUnavailable
		out.Body.Status = "not ready"
	}
	addCheck(ctx, out.Body.Checks, "store", err)
	a.checkDependencies(ctx, out.Body.Checks)
	if a.draining.Err() != nil {
		out.Status = http.StatusServiceUnavailable
		out.Body.Status = "draining"
	}
	if out.Status != http.StatusOK {
		logEntryOf(ctx).notReady = out.Body.Status
	}
	return out, nil
}

// checksContext returns the context of the checks of a request. When the server begins to
// drain, the context ends. During the drain it ends after drainingChecksTimeout.
func (a *API) checksContext(ctx context.Context) (context.Context, context.CancelFunc) {
	if a.draining.Err() != nil {
		return context.WithTimeout(ctx, drainingChecksTimeout)
	}
	ctx, cancel := context.WithCancel(ctx)
	stop := context.AfterFunc(a.draining, cancel)
	return ctx, func() { stop(); cancel() }
}

// checkStore adds the number of workers and the size of the queue to out. It fails when the
// store is unavailable.
func (a *API) checkStore(ctx context.Context, out *readyOut) error {
	limited, cancel := context.WithTimeout(ctx, storeCheckTimeout)
	defer cancel()
	live, err := a.config.Workers.CountLive(limited, a.config.Clock.Now())
	if err != nil {
		return err
	}
	out.Body.Workers = &live
	a.addQueue(ctx, out)
	return nil
}

// addQueue adds the size of the queue to out. It adds only a warning if that cannot be read, for
// example because the table of the messages is locked: other requests are still served.
func (a *API) addQueue(ctx context.Context, out *readyOut) {
	limited, cancel := context.WithTimeout(ctx, queueCheckTimeout)
	defer cancel()
	depth, err := a.config.ReplyQueue.Depth(limited, a.config.Clock.Now())
	if err != nil {
		addCheck(ctx, out.Body.Checks, "queue", err)
		return
	}
	out.Body.Queue = &queueLag{
		Queued:        depth.Queued,
		Running:       depth.Running,
		OldestSeconds: depth.Oldest.Seconds(),
	}
}

// checkDependencies adds the result of each dependency to checks.
func (a *API) checkDependencies(ctx context.Context, checks map[string]string) {
	for _, d := range a.config.Dependencies {
		limited, cancel := context.WithTimeout(ctx, dependencyCheckTimeout)
		addCheck(ctx, checks, d.Name, d.Check(limited))
		cancel()
	}
}

// addCheck adds the result of a check to checks, and the reason of a failure to the log. It
// adds nothing if ctx has ended, because the dependency may be available.
func addCheck(ctx context.Context, checks map[string]string, name string, err error) {
	switch {
	case err == nil:
		checks[name] = "ok"
	case ctx.Err() == nil:
		checks[name] = "away"
		addWarning(ctx, name, err)
	}
}
