package httpapi

import (
	"context"
	"log/slog"
	"net/http"
	"slices"
	"time"

	"github.com/go-chi/chi/v5"
	"github.com/go-chi/chi/v5/middleware"

	"github.com/kuvaka-tech/parley/core/quota"
)

// record gathers what the log line of one request will say.
type record struct {
	id    string
	code  string // of the refusal
	err   error  // the cause of a fault on our side
	warns bool   // it was answered, though not all went well
	attrs []any

	verdict string // of /readyz: why it is 503, which is an answer and no failure
}

type recordKey struct{}

// recordOf is the record of the request that ctx belongs to; outside of one, a record nobody reads.
func recordOf(ctx context.Context) *record {
	if r, ok := ctx.Value(recordKey{}).(*record); ok {
		return r
	}
	return &record{}
}

// note adds to the log line of the request: ids and masked numbers, never what was said.
func note(ctx context.Context, attrs ...any) {
	r := recordOf(ctx)
	r.attrs = append(r.attrs, attrs...)
}

// warn notes what went wrong behind an answer that is given all the same.
func warn(ctx context.Context, what string, err error) {
	if err != nil {
		recordOf(ctx).warns = true
		note(ctx, what, err.Error())
	}
}

// observe gives the request its id and record, and logs one line when it is answered.
func (a *API) observe(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		start := time.Now()
		rec := &record{id: a.requestID(r)}
		w.Header().Set("X-Request-Id", rec.id)
		if a.draining.Err() != nil {
			w.Header().Set("Connection", "close")
		}
		ww := middleware.NewWrapResponseWriter(w, r.ProtoMajor)
		r = r.WithContext(context.WithValue(r.Context(), recordKey{}, rec))
		next.ServeHTTP(ww, r)
		took := time.Since(start)
		a.logRequest(r, rec, ww.Status(), took)
		if a.options.Observe != nil {
			a.options.Observe(methodOf(r), routeOf(r), rec.code, ww.Status(), took)
		}
	})
}

func (a *API) logRequest(r *http.Request, rec *record, status int, took time.Duration) {
	level, msg := slog.LevelInfo, "request"
	attrs := append([]any{"request_id", rec.id, "method", methodOf(r), "route", routeOf(r), "status", status, "took_ms", took.Milliseconds(),
		"addr", a.clientAddr(r).String()}, rec.attrs...)
	if route := routeOf(r); route == "/healthz" || route == "/readyz" {
		level = slog.LevelDebug // asked every few seconds
	}
	if rec.warns {
		level = slog.LevelWarn
	}
	switch {
	case r.Context().Err() != nil && status >= 500:
		msg = "request given up by its client"
	case rec.verdict != "":
		msg = rec.verdict
	case status >= 500 && rec.code != quota.ErrOverloaded.Code: // which is told once, when it begins
		level, msg = slog.LevelError, "request failed"
		attrs = append(attrs, "code", rec.code, "err", rec.err)
	case status >= 400:
		level, msg = slog.LevelWarn, "request refused"
		attrs = append(attrs, "code", rec.code)
	}
	a.log.Log(r.Context(), level, msg, attrs...)
}

// routeOf is the pattern that matched: a path can hold anything, a pattern cannot.
func routeOf(r *http.Request) string {
	if c := chi.RouteContext(r.Context()); c != nil && c.RoutePattern() != "" {
		return c.RoutePattern()
	}
	return "none"
}

// methodOf is the method if it is one that is known: what a client sends can be anything, of any length.
func methodOf(r *http.Request) string {
	if slices.Contains(allMethods, r.Method) || r.Method == http.MethodOptions {
		return r.Method
	}
	return "other"
}
