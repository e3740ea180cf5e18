package httpapi

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/go-chi/chi/v5"
	"github.com/go-chi/chi/v5/middleware"

	"github.com/kuvaka-tech/parley/core/quota"
)

// logEntry collects what the log line of one request contains.
type logEntry struct {
	requestID string
	code      string // of the error response, "" for none
	err       error  // the cause of a 500 or 503
	panicked  bool   // the handler has panicked
	aborted   bool   // the response was cut, so the connection must not continue
	warning   bool   // the request succeeded, but a part of its work failed
	notReady  string // the status in the body of a 503 from /readyz, which is not logged as an error
	attrs     []any
}

type logEntryKey struct{}

// logEntryOf returns the entry of the request that ctx belongs to. If ctx belongs to
// no request, it returns an entry that is not logged.
func logEntryOf(ctx context.Context) *logEntry {
	if e, ok := ctx.Value(logEntryKey{}).(*logEntry); ok {
		return e
	}
	return &logEntry{}
}

// addToLog adds attributes to the log line of the request: ids and masked
// numbers, never text of the conversation.
func addToLog(ctx context.Context, attrs ...any) {
	e := logEntryOf(ctx)
	e.attrs = append(e.attrs, attrs...)
}

// addWarning adds an error that did not fail the request to its log line, and
// raises the level of the line to WARN. It ignores a nil error.
func addWarning(ctx context.Context, key string, err error) {
	if err != nil {
		logEntryOf(ctx).warning = true
		addToLog(ctx, key, err.Error())
	}
}

// clientClosedRequest is the status that the log and the metrics have for a request that
// failed because its client has disconnected. nginx logs the same. Nobody receives it.
const clientClosedRequest = 499

// logRequests gives each request its id and its log entry, and logs one line after the response.
func (a *API) logRequests(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		start := time.Now()
		entry := &logEntry{requestID: requestID(r)}
		w.Header().Set("X-Request-Id", entry.requestID)
		if a.draining.Err() != nil {
			w.Header().Set("Connection", "close")
		}
		ww := middleware.NewWrapResponseWriter(w, r.ProtoMajor)
		r = r.WithContext(context.WithValue(r.Context(), logEntryKey{}, entry))
		next.ServeHTTP(ww, r)
		duration := time.Since(start)
		status := ww.Status()
		if r.Context().Err() != nil && entry.isOfDisconnect(status) {
			status = clientClosedRequest
			entry.code = ""
		}
		route := routeOf(r)
		a.logRequest(r, route, entry, status, duration)
		if a.config.OnRequest != nil {
			a.config.OnRequest(methodOf(r), route, entry.code, status, duration)
		}
		if entry.aborted {
			panic(http.ErrAbortHandler) // net/http closes the connection
		}
	})
}

// isOfDisconnect reports whether the error response to a client that has disconnected is a result
// of that: a dependency gave up, or the body was cut short. A panic is not.
func (e *logEntry) isOfDisconnect(status int) bool {
	return status >= 500 && !e.panicked || e.code == errMalformedBody.Code
}

// logRequest writes the log line of a request. It does not look up the line of the source
// code, which a Logger does for each call, because no log contains it.
func (a *API) logRequest(r *http.Request, route string, e *logEntry, status int, duration time.Duration) {
	level, message, errorAttrs := e.classify(route, status)
	handler := a.config.Log.Handler()
	if !handler.Enabled(r.Context(), level) {
		return
	}
	record := slog.NewRecord(time.Now(), level, message, 0)
	record.AddAttrs(
		slog.String("request_id", e.requestID),
		slog.String("method", methodOf(r)),
		slog.String("route", route),
		slog.Int("status", status),
		slog.Int64("took_ms", duration.Milliseconds()),
		slog.String("addr", a.clientAddr(r).String()),
	)
	record.Add(e.attrs...)
	record.Add(errorAttrs...)
	_ = handler.Handle(r.Context(), record) // a log that cannot be written must not fail the request
}

// classify returns the level and the message of the log line, and the attributes
// that describe the error response.
func (e *logEntry) classify(route string, status int) (level slog.Level, message string, errorAttrs []any) {
	level = slog.LevelInfo
	if isHealthPath(route) {
		level = slog.LevelDebug // load balancers send these every few seconds
	}
	if e.warning {
		level = slog.LevelWarn
	}
	switch {
	case status == clientClosedRequest: // also with warnings, which may be results of the disconnection
		return min(level, slog.LevelInfo), "request canceled by the client", nil
	case e.notReady != "":
		return level, e.notReady, nil
	case status >= 500 && e.code != quota.ErrOverloaded.Code: // app/talk logs the start of an overload
		return slog.LevelError, "request failed", []any{"code", e.code, "err", e.err}
	case status >= 400:
		return slog.LevelWarn, "request refused", []any{"code", e.code}
	}
	return level, "request", nil
}

// routeOf returns the pattern that matched. Unlike the path, it cannot contain
// anything that a client has chosen.
func routeOf(r *http.Request) string {
	if c := chi.RouteContext(r.Context()); c != nil && c.RoutePattern() != "" {
		return c.RoutePattern()
	}
	return "none"
}

// methodOf returns a standard method, or "other": a client can send any text as the method.
func methodOf(r *http.Request) string {
	if slices.Contains(supportedMethods, r.Method) || r.Method == http.MethodOptions {
		return r.Method
	}
	return "other"
}

// requestID returns the client's X-Request-Id if it is valid, and a random one otherwise.
func requestID(r *http.Request) string {
	if sent := r.Header.Get("X-Request-Id"); isValidRequestID(sent) {
		return sent
	}
	var b [8]byte
	_, _ = rand.Read(b[:]) // never fails, see crypto/rand.Read
	return hex.EncodeToString(b[:])
}

const requestIDCharacters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_."

// isValidRequestID reports whether the id is safe in a header and in a log line.
func isValidRequestID(s string) bool {
	return s != "" && len(s) <= 64 && strings.Trim(s, requestIDCharacters) == ""
}
