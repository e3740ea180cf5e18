package flow

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/kuvaka-tech/parley/cmd/parley/boot"
	"github.com/kuvaka-tech/parley/ports"
	"github.com/kuvaka-tech/parley/tests/client"
)

// discardingWriter is an http.ResponseWriter that keeps only the status.
type discardingWriter struct {
	header http.Header
	status int
}

// Header implements http.ResponseWriter.
func (w *discardingWriter) Header() http.Header { return w.header }

// Write implements http.ResponseWriter.
func (w *discardingWriter) Write(p []byte) (int, error) { return len(p), nil }

// WriteHeader implements http.ResponseWriter.
func (w *discardingWriter) WriteHeader(status int) { w.status = status }

// BenchmarkCachedList measures what the program does for a cached list: from the request that
// net/http has parsed to the response, with the log line.
//
//	go test ./tests/flow -run '^$' -bench CachedList -cpuprofile cpu.out
func BenchmarkCachedList(b *testing.B) {
	app, err := boot.New(config(b), boot.InProcess(),
		boot.Use[ports.RoomVersions](&fakeVersions{}),
		boot.Log(slog.New(slog.NewJSONHandler(io.Discard, nil))))
	if err != nil {
		b.Fatalf("wire the program: %v", err)
	}
	if err := app.Start(b.Context()); err != nil {
		b.Fatalf("start the program: %v", err)
	}
	b.Cleanup(func() { _ = app.Stop(context.Background()) })
	d := deviceOf(b, client.In(app, "")).Login(client.Number())
	d.NewRoom("Room")
	r := httptest.NewRequest(http.MethodGet, "http://localhost/chatroom", nil)
	r.Header.Set("Authorization", "Bearer "+d.Token)
	b.ReportAllocs()
	for b.Loop() {
		w := &discardingWriter{header: http.Header{}, status: http.StatusOK}
		app.ServeHTTP(w, r)
		if w.status != http.StatusOK {
			b.Fatalf("GET /chatroom = %d, want 200", w.status)
		}
	}
}
