package httpapi

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"
)

const tagOperators = "Operators"

type healthOut struct {
	Body struct {
		Status string `json:"status" enum:"ok"`
	}
}

type readyOut struct {
	Status int
	Body   struct {
		Status  string            `json:"status" enum:"ready,not ready,draining"`
		Checks  map[string]string `json:"checks" doc:"Each dependency: ok, or away." example:"{\"store\":\"ok\"}"`
		Queue   *queueLag         `json:"queue,omitempty" doc:"Left out while the store is away."`
		Workers *int              `json:"workers,omitempty" doc:"Worker processes that live. Left out while the store is away." example:"1"`
	}
}

type queueLag struct {
	Queued        int     `json:"queued" doc:"Replies that are due and not yet being answered." example:"0"`
	Running       int     `json:"running" doc:"Replies being answered." example:"3"`
	OldestSeconds float64 `json:"oldest_seconds" doc:"How long the first of the queued has been due." example:"0"`
}

func (a *API) operatorRoutes() {
	register(a, route{method: http.MethodGet, path: "/healthz", status: http.StatusOK, tag: tagOperators, open: true,
		summary: "Is the process alive"}, func(context.Context, *none) (*healthOut, error) {
		out := &healthOut{}
		out.Body.Status = "ok"
		return out, nil
	})
	register(a, route{method: http.MethodGet, path: "/readyz", status: http.StatusOK, tag: tagOperators, open: true,
		summary: "Should it get traffic", doc: "503, with the same body, when it should not."}, a.ready)
	responses := a.huma.OpenAPI().Paths["/readyz"].Get.Responses
	responses["503"] = &huma.Response{Description: http.StatusText(http.StatusServiceUnavailable), Content: responses["200"].Content}
}

func (a *API) ready(ctx context.Context, _ *none) (*readyOut, error) {
	out := &readyOut{Status: http.StatusOK}
	b := &out.Body
	b.Status, b.Checks = "ready", map[string]string{"store": "ok"}
	if err := a.lag(ctx, out); err != nil {
		if ctx.Err() == nil { // an asker who left says nothing of the store
			warn(ctx, "store", err)
		}
		out.Status, b.Status, b.Checks["store"] = http.StatusServiceUnavailable, "not ready", "away"
	}
	a.ask(ctx, b.Checks)
	if a.draining.Err() != nil {
		out.Status, b.Status = http.StatusServiceUnavailable, "draining"
	}
	if out.Status != http.StatusOK {
		recordOf(ctx).verdict = b.Status
	}
	return out, nil
}

// lag tells of the queue and the workers, which takes the store; of what it does not know, nothing.
func (a *API) lag(ctx context.Context, out *readyOut) error {
	ctx, cancel := context.WithTimeout(ctx, storeWithin)
	defer cancel()
	now := a.clock.Now()
	depth, err := a.work.Depth(ctx, now)
	if err != nil {
		return err
	}
	out.Body.Queue = &queueLag{depth.Queued, depth.Running, depth.Oldest.Seconds()}
	live, err := a.workers.Live(ctx, now)
	if err != nil {
		return err
	}
	out.Body.Workers = &live
	return nil
}

// How long /readyz waits for the store, and for one other dependency.
const storeWithin, askWithin = 3 * time.Second, time.Second

// ask looks at what the process can do without: it is told of, and costs no traffic.
func (a *API) ask(ctx context.Context, checks map[string]string) {
	for _, d := range a.options.Dependencies {
		ctx, cancel := context.WithTimeout(ctx, askWithin)
		checks[d.Name] = "ok"
		if err := d.Check(ctx); err != nil {
			checks[d.Name] = "away"
			warn(ctx, d.Name, err)
		}
		cancel()
	}
}
